import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { z } from 'zod'
import { startKeeper } from '../servers/start-keeper.ts'

/** A server that follows another one and can be read from. */
export interface Standby extends AsyncDisposable {
  readonly url: string
  /** Resolves once all that the primary has committed by now is here. */
  readonly catchUp: () => Promise<void>
  /** It hears of nothing further. */
  readonly cutOff: () => Promise<void>
  /** It takes the primary's place. */
  readonly promote: () => Promise<void>
}

const report = z.object({ url: z.string() })

const patienceMs = 30_000

/** Starts a standby of a server of this machine; it ends with this process. */
export const startStandby = async (primary: string): Promise<Standby> => {
  const keeper = await startKeeper(`${import.meta.dirname}/standby-keeper.ts`, [primary])
  const { url } = report.parse(keeper.report)
  const client = new Client(url)
  await client.connect()

  const until = async (condition: string, values: readonly string[] = []): Promise<void> => {
    for (const end = performance.now() + patienceMs; ; await sleep(20)) {
      const { rows } = await client.query<{ so: boolean }>(`SELECT ${condition} AS so`, [...values])
      if (rows[0]?.so === true) return
      if (performance.now() > end) throw new Error(`The standby does not get there: ${condition}.`)
    }
  }

  return {
    url,
    async catchUp() {
      const other = new Client(primary)
      await other.connect()
      const { rows } = await other.query<{ place: string }>('SELECT pg_current_wal_lsn()::text AS place')
      await other.end()
      await until('pg_last_wal_replay_lsn() >= $1::pg_lsn', [rows[0]?.place ?? ''])
    },
    async cutOff() {
      await client.query(`ALTER SYSTEM SET primary_conninfo = ''`)
      await client.query('SELECT pg_reload_conf()')
      await until('NOT EXISTS (SELECT FROM pg_stat_wal_receiver)')
    },
    async promote() {
      await client.query('SELECT pg_promote()')
      await until('NOT pg_is_in_recovery()')
    },
    async [Symbol.asyncDispose]() {
      await client.end()
      await keeper[Symbol.asyncDispose]()
    },
  }
}
