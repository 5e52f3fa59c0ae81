import { ClientChanged } from '../client-changed.ts'
import { neverForgotten, type Changes, type ClientBinding } from '../contract.ts'
import type { SqlRunner } from './client.ts'
import { fromOperationRow, fromServerRow } from './rows.ts'
import { execute, inChunks, rowsOf, sql, type Sql, type SqlValue } from './sql.ts'

type Row = readonly SqlValue[]

const saveRecords = (rows: readonly Row[]): Sql => sql`INSERT INTO holdfast_records
  (scope, collection, record_id, version, seq, born_seq, deleted, data, field_versions, updated_at, updated_by)
  VALUES ${rowsOf(rows)}
  ON CONFLICT (scope, collection, record_id) DO UPDATE SET
    version = excluded.version, seq = excluded.seq, born_seq = excluded.born_seq, deleted = excluded.deleted,
    data = excluded.data, field_versions = excluded.field_versions,
    updated_at = excluded.updated_at, updated_by = excluded.updated_by`

const saveOperations = (rows: readonly Row[]): Sql => sql`INSERT INTO holdfast_operations
  (scope, operation_id, client_id, client_seq, user_id, payload_hash, collection, record_id, type, verdict, decided_at)
  VALUES ${rowsOf(rows)}`

const saveResends = (rows: readonly Row[]): Sql => sql`INSERT INTO holdfast_resends
  (scope, client_id, client_seq, operation_id, stored_at) VALUES ${rowsOf(rows)}`

const saveHead = (
  scope: string,
  { head, nonce }: NonNullable<Changes['head']>,
  at: number,
): readonly Sql[] => [
  sql`INSERT INTO holdfast_batches (scope, head, nonce, stored_at) VALUES (${scope}, ${head}, ${nonce}, ${at})`,
  sql`UPDATE holdfast_scopes SET head = ${head}, nonce = ${nonce} WHERE scope = ${scope}`,
]

const saveEvent = (scope: string, head: number, event: string, at: number): Sql =>
  // Processes' clocks differ: within a scope the times go up, as the heads do.
  sql`INSERT INTO holdfast_outbox (scope, head, event, stored_at)
    SELECT CAST(${scope} AS TEXT), CAST(${head} AS BIGINT), CAST(${event} AS TEXT),
      CASE WHEN last.stored_at > ${at} THEN last.stored_at ELSE ${at} END
    FROM (SELECT COALESCE(
      (SELECT stored_at FROM holdfast_outbox WHERE scope = ${scope} ORDER BY head DESC LIMIT 1), 0) AS stored_at) AS last`

/** The statements that store a batch: one for each table, however many rows (unless they are thousands). */
const saveStatements = (scope: string, changes: Changes): readonly Sql[] => {
  const { rows, operations, client, head, event, at = neverForgotten } = changes
  return [
    ...inChunks(rows.map((row) => fromServerRow(scope, row))).map(saveRecords),
    ...inChunks(operations.map((row) => fromOperationRow(scope, row))).map(saveOperations),
    ...(client === undefined ? [] : saveClient(scope, client, changes)),
    ...(head === undefined ? [] : saveHead(scope, head, at)),
    ...(head === undefined || event === undefined ? [] : [saveEvent(scope, head.head, event, at)]),
  ]
}

const saveClient = (
  scope: string,
  { clientId, watermark }: NonNullable<Changes['client']>,
  { resends, at = neverForgotten }: Changes,
): readonly Sql[] => {
  const slots = resends.map(({ clientSeq, operationId }) => [scope, clientId, clientSeq, operationId, at])
  return [
    ...inChunks(slots).map(saveResends),
    sql`INSERT INTO holdfast_watermarks (scope, client_id, watermark) VALUES (${scope}, ${clientId}, ${watermark})
      ON CONFLICT (scope, client_id) DO UPDATE SET watermark = excluded.watermark`,
  ]
}

/** Undefined when the binding stays as it is. */
const bindStatement = (
  { clientId, userId, instance }: NonNullable<Changes['client']>,
  seen: ClientBinding | undefined,
): Sql | undefined => {
  if (seen === undefined) {
    return sql`INSERT INTO holdfast_clients (client_id, user_id, instance)
      VALUES (${clientId}, ${userId}, ${instance}) ON CONFLICT (client_id) DO NOTHING`
  }
  if (seen.instance === instance) return undefined
  return sql`UPDATE holdfast_clients SET instance = ${instance}
    WHERE client_id = ${clientId} AND user_id = ${seen.userId} AND instance = ${seen.instance}`
}

/**
 * @param seen the client's binding that the changes rest on
 * @throws ClientChanged when it is another one by now
 */
export const save = async (
  db: SqlRunner,
  scope: string,
  changes: Changes,
  seen: ClientBinding | undefined,
): Promise<void> => {
  const bind = changes.client === undefined ? undefined : bindStatement(changes.client, seen)
  if (bind !== undefined && (await execute(db, bind)) === 0) throw new ClientChanged()
  for (const statement of saveStatements(scope, changes)) await execute(db, statement)
}
