import type { SqlRunner } from '../store/prisma/client.ts'
import type { DbInteger } from '../store/prisma/rows.ts'
import { query, sql } from '../store/prisma/sql.ts'
import type { Request } from './arguments.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { openDatabase } from './database/open.ts'
import { countMarks } from './doctor/mapped.ts'
import { counted, printable, showTime, table, type Column } from './text.ts'

type StatusCommand = Request & { readonly kind: 'status' }

interface Undelivered {
  readonly events: number
  /** Milliseconds since 1970. */
  readonly oldest: number
}

export interface ScopeStatus {
  readonly scope: string
  readonly head: number
  readonly prunedTo: number
  readonly records: number
  readonly tombstones: number
  readonly operations: number
  readonly clients: number
  readonly outbox?: Undelivered | undefined
  /** When it last decided or changed something. */
  readonly newest?: number | undefined
}

export interface Status {
  readonly scopes: readonly ScopeStatus[]
  readonly totals: Omit<ScopeStatus, 'scope' | 'head' | 'prunedTo'> & { readonly scopes: number }
  /** Of writes past the sync API that were not taken in yet. */
  readonly marks: number
}

interface DbStatus {
  readonly scope: string
  readonly head: DbInteger
  readonly pruned_to: DbInteger
  readonly records: DbInteger | null
  readonly tombstones: DbInteger | null
  readonly operations: DbInteger | null
  readonly clients: DbInteger | null
  readonly events: DbInteger | null
  readonly oldest_event: DbInteger | null
  readonly newest_operation: DbInteger | null
  readonly newest_batch: DbInteger | null
}

/** Each table is grouped by itself; joined, their rows would multiply. */
const everyScope = sql`
  SELECT scopes.scope, scopes.head, scopes.pruned_to, records.records, records.tombstones, operations.operations,
    watermarks.clients, outbox.events, outbox.oldest_event, operations.newest_operation, batches.newest_batch
  FROM holdfast_scopes AS scopes
  LEFT JOIN (
    SELECT scope, SUM(CASE WHEN deleted THEN 0 ELSE 1 END) AS records, SUM(CASE WHEN deleted THEN 1 ELSE 0 END) AS tombstones
    FROM holdfast_records GROUP BY scope) AS records ON records.scope = scopes.scope
  LEFT JOIN (
    SELECT scope, COUNT(*) AS operations, MAX(decided_at) AS newest_operation
    FROM holdfast_operations GROUP BY scope) AS operations ON operations.scope = scopes.scope
  LEFT JOIN (
    SELECT scope, COUNT(*) AS clients FROM holdfast_watermarks GROUP BY scope) AS watermarks ON watermarks.scope = scopes.scope
  LEFT JOIN (
    SELECT scope, COUNT(*) AS events, MIN(stored_at) AS oldest_event
    FROM holdfast_outbox GROUP BY scope) AS outbox ON outbox.scope = scopes.scope
  LEFT JOIN (
    SELECT scope, MAX(stored_at) AS newest_batch FROM holdfast_batches
    WHERE stored_at <= ${8_640_000_000_000_000} GROUP BY scope) AS batches ON batches.scope = scopes.scope
  ORDER BY scopes.scope`

const toStatus = (row: DbStatus): ScopeStatus => {
  const newest = Math.max(Number(row.newest_operation ?? 0), Number(row.newest_batch ?? 0))
  const events = Number(row.events ?? 0)
  return {
    scope: row.scope,
    head: Number(row.head),
    prunedTo: Number(row.pruned_to),
    records: Number(row.records ?? 0),
    tombstones: Number(row.tombstones ?? 0),
    operations: Number(row.operations ?? 0),
    clients: Number(row.clients ?? 0),
    outbox: events === 0 ? undefined : { events, oldest: Number(row.oldest_event) },
    newest: newest === 0 ? undefined : newest,
  }
}

const readStatus = async (db: SqlRunner): Promise<Status> => {
  const scopes = (await query<DbStatus>(db, everyScope)).map(toStatus)
  // One client may write in many scopes.
  const [clients] = await query<{ readonly count: DbInteger }>(
    db,
    sql`SELECT COUNT(*) AS count FROM holdfast_clients`,
  )
  const sum = (of: (scope: ScopeStatus) => number): number =>
    scopes.reduce((total, scope) => total + of(scope), 0)
  const outboxes = scopes.flatMap(({ outbox }) => (outbox === undefined ? [] : [outbox]))
  const times = scopes.flatMap(({ newest }) => (newest === undefined ? [] : [newest]))
  return {
    scopes,
    totals: {
      scopes: scopes.length,
      records: sum(({ records }) => records),
      tombstones: sum(({ tombstones }) => tombstones),
      operations: sum(({ operations }) => operations),
      clients: Number(clients?.count ?? 0),
      outbox:
        outboxes.length === 0
          ? undefined
          : {
              events: outboxes.reduce((total, { events }) => total + events, 0),
              oldest: outboxes.reduce((oldest, outbox) => Math.min(oldest, outbox.oldest), Infinity),
            },
      newest: times.length === 0 ? undefined : times.reduce((left, right) => Math.max(left, right)),
    },
    marks: await countMarks(db),
  }
}

const columns: readonly Column[] = [
  { title: 'scope' },
  ...['head', 'pruned to', 'records', 'tombstones', 'operations', 'clients', 'undelivered'].map(
    (title): Column => ({ title, align: 'right' }),
  ),
  { title: 'oldest event' },
  { title: 'newest activity' },
]

const cells = (
  name: string,
  heads: readonly [string, string],
  {
    records,
    tombstones,
    operations,
    clients,
    outbox,
    newest,
  }: Omit<ScopeStatus, 'scope' | 'head' | 'prunedTo'>,
): readonly string[] => [
  name,
  ...heads,
  ...[records, tombstones, operations, clients, outbox?.events ?? 0].map(String),
  showTime(outbox?.oldest),
  showTime(newest),
]

/** `holdfast status`. */
export const status = async (
  { target, json }: StatusCommand,
  { print }: CommandContext,
): Promise<ExitCode> => {
  await using database = await openDatabase(target)
  const found = await database.snapshot(readStatus)
  if (json) {
    print(`${JSON.stringify(found)}\n`)
    return 0
  }
  const { scopes, totals, marks } = found
  const rows = scopes.map((scope) =>
    cells(printable(scope.scope), [String(scope.head), String(scope.prunedTo)], scope),
  )
  const total = cells(`all ${counted(totals.scopes, 'scope')}`, ['', ''], totals)
  print(`${database.name}\n\n${table(columns, [...rows, total]).join('\n')}\n`)
  print(`\nWrites past the sync API that wait to be taken in: ${marks}\n`)
  return 0
}
