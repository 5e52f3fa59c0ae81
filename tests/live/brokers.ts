import { randomUUID } from 'node:crypto'
import { postgresBroadcaster, redisBroadcaster, type Broadcaster } from '@holdfast/server/broadcasters'
import { Client } from 'pg'
import { createClient } from 'redis'
import { sharedRedis } from '../../packages/server/test/support/shared-redis.ts'

/** What several processes of a server share for their hints. */
export interface Broker {
  readonly open: () => Broadcaster
  /** Cuts the connections of all that are open. */
  readonly cut: () => Promise<void>
}

const logger = { error: () => undefined }

export const brokers: Readonly<Record<string, (databaseUrl: string) => Promise<Broker>>> = {
  async PostgreSQL(connectionString) {
    const name = `hints ${randomUUID().slice(0, 8)}`
    return {
      open: () =>
        postgresBroadcaster({
          client: () => new Client({ connectionString, application_name: name }),
          logger,
        }),
      async cut() {
        const admin = new Client(connectionString)
        await admin.connect()
        await admin.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
          [name],
        )
        await admin.end()
      },
    }
  },
  async Redis() {
    const url = await sharedRedis()
    const name = `hints-${randomUUID()}`
    return {
      open: () => redisBroadcaster({ client: () => createClient({ url, name }), channel: name, logger }),
      async cut() {
        const admin = await createClient({ url }).connect()
        const own = (await admin.clientList()).filter((each) => each.name === name)
        await Promise.all(own.map(({ id }) => admin.clientKill({ filter: 'ID', id })))
        await admin.close()
      },
    }
  },
}
