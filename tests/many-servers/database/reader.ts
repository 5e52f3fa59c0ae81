import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'

/** Looks at the tables all the time, as a consumer of the feed would: by position. */
export interface TableReader extends AsyncDisposable {
  /** @returns what was wrong, after a last look */
  readonly stop: () => Promise<{ readonly looks: number; readonly violations: readonly string[] }>
}

interface Row {
  readonly scope: string
  readonly collection: string
  readonly record_id: string
  readonly version: string
  readonly seq: string
}

export const readTables = async (url: string): Promise<TableReader> => {
  const client = new Client(url)
  await client.connect()
  const positions = new Map<string, number>()
  const versions = new Map<string, number>()
  const violations: string[] = []
  let looks = 0

  const keyOf = ({ collection, record_id: id }: Row): string => `${collection}/${id}`

  const look = async (): Promise<void> => {
    const known = JSON.stringify(Object.fromEntries(positions))
    const { rows } = await client.query<Row>(
      `SELECT scope, collection, record_id, version, seq FROM holdfast_records
       WHERE seq > coalesce(($1::jsonb ->> scope)::bigint, 0) ORDER BY scope, seq`,
      [known],
    )
    for (const row of rows) {
      const before = versions.get(keyOf(row)) ?? 0
      if (Number(row.version) <= before)
        violations.push(`${keyOf(row)} went from version ${before} to ${row.version}`)
      versions.set(keyOf(row), Number(row.version))
      positions.set(row.scope, Number(row.seq))
    }
    looks += 1
  }

  const compare = async (): Promise<void> => {
    const { rows } = await client.query<Row>('SELECT * FROM holdfast_records')
    for (const row of rows) {
      const seen = versions.get(keyOf(row))
      if (seen !== Number(row.version))
        violations.push(`${keyOf(row)} has version ${row.version}, and the reader was given ${seen}`)
    }
  }

  const stopped = new AbortController()
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await look()
      await pause(20)
    }
  }
  const running = run()
  return {
    async stop() {
      stopped.abort()
      await running
      await look()
      await compare()
      return { looks, violations }
    },
    async [Symbol.asyncDispose]() {
      stopped.abort()
      await running
      await client.end()
    },
  }
}
