import type { SqlRunner } from '../../store/prisma/client.ts'
import type { DbInteger } from '../../store/prisma/rows.ts'
import { query, sql } from '../../store/prisma/sql.ts'
import { showDuration } from '../duration.ts'
import { counted, printable, showTime } from '../text.ts'
import { error, ok, warning, type Check } from './check.ts'

interface Absence {
  readonly client: string
  readonly from: number
  readonly to: number
}

export interface Absences {
  /** The longest that a client came back from. */
  readonly longest: Absence | undefined
  /** Clients that decided anything, and those of them whose last decision is from before a moment. */
  readonly clients: number
  readonly silent: number
}

interface DbAbsence {
  readonly client_id: string
  readonly previous: DbInteger
  readonly decided_at: DbInteger
}

/** As far as decided operations are still there: pulls leave no trace. */
export const readAbsences = async (db: SqlRunner, silentSince: number): Promise<Absences> => {
  const [longest] = await query<DbAbsence>(
    db,
    sql`SELECT client_id, previous, decided_at FROM (
          SELECT client_id, decided_at, LAG(decided_at) OVER (PARTITION BY client_id ORDER BY decided_at) AS previous
          FROM holdfast_operations) AS contacts
        WHERE previous IS NOT NULL ORDER BY decided_at - previous DESC, client_id LIMIT 1`,
  )
  const [clients] = await query<{ readonly clients: DbInteger; readonly silent: DbInteger | null }>(
    db,
    sql`SELECT COUNT(*) AS clients, SUM(CASE WHEN newest < ${silentSince} THEN 1 ELSE 0 END) AS silent
        FROM (SELECT MAX(decided_at) AS newest FROM holdfast_operations GROUP BY client_id) AS contacts`,
  )
  return {
    longest: longest && {
      client: longest.client_id,
      from: Number(longest.previous),
      to: Number(longest.decided_at),
    },
    clients: Number(clients?.clients ?? 0),
    silent: Number(clients?.silent ?? 0),
  }
}

export const judgeRetention = (
  { longest, clients, silent }: Absences,
  retention: number | undefined,
): readonly Check[] => {
  const name = 'retention'
  const away = longest === undefined ? 0 : longest.to - longest.from
  const seen =
    longest === undefined
      ? 'no client has come back yet'
      : `the longest absence seen is ${showDuration(away)} (client ${printable(longest.client)}, ${showTime(longest.from)} to ${showTime(longest.to)})`
  if (retention === undefined) return [ok(name, `${seen}; say what you keep with --retention`)]
  const kept = `${showDuration(retention)} are kept`
  if (away >= retention) {
    return [
      warning(
        name,
        `${kept}, and ${seen}`,
        `prune with --older-than above that: a device that is away longer has to fetch its scopes anew`,
      ),
    ]
  }
  const silence =
    silent === 0
      ? ''
      : `; ${counted(silent, 'client')} of ${clients.toLocaleString('en')} wrote nothing for longer`
  return [ok(name, `${kept}; ${seen}${silence}`)]
}

/** Rows from before the retention migration whose time nobody filled in count as older than anything. */
export const checkTimes = async (db: SqlRunner, now: number): Promise<Check> => {
  const [row] = await query<{ readonly batches: DbInteger; readonly resends: DbInteger }>(
    db,
    sql`SELECT (SELECT COUNT(*) FROM holdfast_batches WHERE stored_at = 0) AS batches,
          (SELECT COUNT(*) FROM holdfast_resends WHERE stored_at = 0) AS resends`,
  )
  const tables = [
    ...(Number(row?.batches ?? 0) > 0 ? ['holdfast_batches'] : []),
    ...(Number(row?.resends ?? 0) > 0 ? ['holdfast_resends'] : []),
  ]
  if (tables.length === 0) return ok('times', 'every row that retention goes by has its time')
  return error(
    'times',
    `rows of ${tables.join(' and ')} have no time: the next prune takes them for older than anything`,
    `before you prune, run ${tables.map((table) => `UPDATE ${table} SET stored_at = ${now} WHERE stored_at = 0;`).join(' ')}`,
  )
}
