import type { SqlRunner } from '../../store/prisma/client.ts'
import type { Provider } from '../../store/prisma/dialect/dialect.ts'
import type { DbInteger } from '../../store/prisma/rows.ts'
import { triggerNameOf } from '../../store/prisma/models/triggers.ts'
import { query, sql, type Sql } from '../../store/prisma/sql.ts'
import { counted, printable } from '../text.ts'
import { ok, warning, type Check } from './check.ts'

/** Of a table's own events; of a TRUNCATE only PostgreSQL knows. */
const events = ['insert', 'update', 'delete'] as const

const enabledTriggers: Readonly<Record<Provider, Sql>> = {
  postgresql: sql`SELECT CAST(tgname AS TEXT) AS name FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'`,
  sqlite: sql`SELECT name FROM sqlite_master WHERE type = 'trigger'`,
}

export interface Mapped {
  /** Collections whose records live in tables of the app. */
  readonly collections: readonly string[]
  readonly triggers: readonly string[]
}

export const readMapped = async (provider: Provider, db: SqlRunner): Promise<Mapped> => {
  const collections = await query<{ readonly collection: string }>(
    db,
    sql`SELECT DISTINCT collection FROM holdfast_homes ORDER BY collection`,
  )
  const triggers = await query<{ readonly name: string }>(db, enabledTriggers[provider])
  return {
    collections: collections.map(({ collection }) => collection),
    triggers: triggers.map(({ name }) => name),
  }
}

export const judgeTriggers = ({ collections, triggers }: Mapped): Check => {
  const name = 'triggers'
  if (collections.length === 0) return ok(name, 'no collection lives in a table of the app')
  const there = new Set(triggers)
  const without = collections.filter(
    (collection) => !events.every((event) => there.has(triggerNameOf(collection, event))),
  )
  if (without.length === 0) return ok(name, `the tables of ${list(collections)} have them`)
  return warning(
    name,
    `the tables of ${list(without)} lack them: what others than syncExtension write there is noticed only when a push touches the row`,
    `run holdfast triggers ${without.map((collection) => `${printable(collection)}=Model`).join(' ')} --apply, unless all who write use the extension`,
  )
}

const list = (names: readonly string[]): string => names.map(printable).join(', ')

const many = 10_000

export const judgeMarks = (count: number): Check =>
  count > many
    ? warning(
        'marks',
        `${counted(count, 'mark')} of writes past the sync API wait`,
        'let a server take them in: sync.adopt() or capture() in a job, startCapture while it runs',
      )
    : ok(
        'marks',
        count === 0 ? 'nothing waits' : `${counted(count, 'mark')} of writes past the sync API wait`,
      )

export const countMarks = async (db: SqlRunner): Promise<number> => {
  const [row] = await query<{ readonly count: DbInteger }>(
    db,
    sql`SELECT COUNT(*) AS count FROM holdfast_touched`,
  )
  return Number(row?.count ?? 0)
}
