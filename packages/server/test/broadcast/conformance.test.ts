import { randomUUID } from 'node:crypto'
import { inProcessBroadcaster, postgresBroadcaster, type Broadcaster } from '@holdfast/server/broadcasters'
import { broadcasterConformance, type BroadcasterPlace } from '@holdfast/server/testing'
import { Client } from 'pg'
import { describe, expect, test, vi } from 'vitest'
import { sharedPostgres } from '../support/shared-postgres.ts'
import { silent } from '../support/world.ts'
import { expectForeignMessagesSkipped } from './foreign-messages.ts'

describe('in process', () => {
  // Who shares the memory shares the broadcaster.
  const place = async (): Promise<BroadcasterPlace> => {
    const broadcaster = inProcessBroadcaster()
    const subscriptions = (): Broadcaster => {
      const mine = inProcessBroadcaster()
      const stop = broadcaster.subscribe({
        onHint: mine.publish,
        onGap: () => undefined,
        onClose: () => undefined,
      })
      let isOpen = true
      return {
        publish: (hint) => (isOpen ? broadcaster.publish(hint) : undefined),
        subscribe: mine.subscribe,
        async close() {
          isOpen = false
          stop()
          await mine.close()
        },
      }
    }
    return { open: async () => subscriptions(), dispose: broadcaster.close }
  }
  broadcasterConformance({ test, place })
})

let database: { readonly url: string } | undefined
const databaseUrl = async (): Promise<string> => {
  database ??= await (await sharedPostgres()).createEmpty()
  return database.url
}

const admin = async (run: (client: Client) => Promise<unknown>): Promise<void> => {
  const client = new Client(await databaseUrl())
  await client.connect()
  await run(client)
  await client.end()
}

const postgresPlace = async (): Promise<BroadcasterPlace & { readonly channel: string }> => {
  const url = await databaseUrl()
  const channel = `Holdfast "${randomUUID()}`
  const opened: Broadcaster[] = []
  return {
    channel,
    async open() {
      const client = (): Client =>
        new Client({ connectionString: url, application_name: channel.slice(0, 60) })
      const broadcaster = postgresBroadcaster({ client, channel, logger: silent })
      opened.push(broadcaster)
      return broadcaster
    },
    cut: () =>
      admin((client) =>
        client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
          channel.slice(0, 60),
        ]),
      ),
    async dispose() {
      await Promise.all(opened.map((broadcaster) => broadcaster.close()))
    },
  }
}

describe('PostgreSQL', () => {
  broadcasterConformance({ test, place: postgresPlace })

  test('[BC8] what anybody else says on the channel is skipped', async () => {
    const place = await postgresPlace()
    const broadcaster = await place.open()
    await expectForeignMessagesSkipped(broadcaster, (text) =>
      admin((client) => client.query('SELECT pg_notify($1, $2)', [place.channel, text])),
    )
    await place.dispose()
  })

  test('[BC9] without a database it keeps trying, throws nothing, and closes', async () => {
    let attempts = 0
    const errors: unknown[] = []
    const broadcaster = postgresBroadcaster({
      client() {
        attempts += 1
        return new Client('postgres://nobody@127.0.0.1:1/none')
      },
      logger: { error: (message) => errors.push(message) },
    })
    broadcaster.publish({ scope: 'team-1', head: 1 })
    await vi.waitFor(() => expect(attempts).toBeGreaterThanOrEqual(3), { timeout: 3_000 })
    await broadcaster.close()
    expect(errors).toHaveLength(1)
    const before = attempts
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(attempts).toBe(before)
  })
})
