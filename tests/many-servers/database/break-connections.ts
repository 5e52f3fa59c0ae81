import { setTimeout as pause } from 'node:timers/promises'
import type { SeededRandom } from '@holdfast/core/testing'
import { Client } from 'pg'

export interface Broken {
  /** Sessions that were ended in their COMMIT, and what had become of it. */
  readonly committed: number
  readonly undone: number
  /** Sessions that were ended in the middle of a transaction. */
  readonly midway: number
}

export interface Breaking extends AsyncDisposable {
  /** Goes on until nobody is left in a slow COMMIT. */
  readonly stop: () => Promise<Broken>
}

interface Session {
  readonly pid: number
  readonly xid: string
  readonly commits: boolean
}

/** Those that the trap holds in their COMMIT, and those in the middle of a transaction that has written. */
const sessions = `
  SELECT pid, backend_xid::text AS xid, query = 'COMMIT' AND state = 'active' AS commits
  FROM pg_stat_activity
  WHERE datname = current_database() AND application_name <> 'foreign' AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL
    AND (state = 'idle in transaction' OR query <> 'COMMIT' OR wait_event IN ('PgSleep', 'SyncRep'))`

const midwayShare = 0.02

/** Ends sessions in their COMMIT, so that nobody is told what became of it; some in the middle of a transaction, too. */
export const breakConnections = async (url: string, random: SeededRandom): Promise<Breaking> => {
  const client = new Client(url)
  await client.connect()
  const broken = { committed: 0, undone: 0, midway: 0 }
  const stopped = new AbortController()

  const end = async ({ pid, xid, commits }: Session): Promise<void> => {
    const { rows } = await client.query<{ ended: boolean }>('SELECT pg_terminate_backend($1) AS ended', [pid])
    if (rows[0]?.ended !== true) return
    if (!commits) {
      broken.midway += 1
      return
    }
    for (;;) {
      const status = await client.query<{ status: string }>('SELECT txid_status($1::bigint) AS status', [xid])
      const became = status.rows[0]?.status
      if (became === 'committed') broken.committed += 1
      else if (became === 'aborted') broken.undone += 1
      if (became !== 'in progress') return
      await pause(1)
    }
  }

  const run = async (): Promise<void> => {
    for (;;) {
      const { rows } = await client.query<Session>(sessions)
      const met = rows.filter(
        ({ commits }) => commits || (!stopped.signal.aborted && random.chance(midwayShare)),
      )
      for (const session of met) await end(session)
      if (stopped.signal.aborted && !rows.some(({ commits }) => commits)) return
      await pause(random.between(5, 25))
    }
  }
  const running = run()
  return {
    async stop() {
      stopped.abort()
      await running
      return broken
    },
    async [Symbol.asyncDispose]() {
      stopped.abort()
      await running
      await client.end()
    },
  }
}
