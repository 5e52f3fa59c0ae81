import {
  isApplied,
  type ClientBinding,
  type ReadTransaction,
  type RecordAddress,
  type ScopeState,
} from '../contract.ts'
import type { SqlRunner } from './client.ts'
import {
  toOperationRow,
  toRowVersions,
  toServerRow,
  toSlot,
  type DbInteger,
  type DbOperation,
  type DbRecord,
  type DbSlot,
  type DbState,
  type DbVersions,
} from './rows.ts'
import { inChunks, query, rowsOf, sql, type Sql, type SqlValue } from './sql.ts'

export const toState = (row: DbState | undefined): ScopeState =>
  row === undefined
    ? { head: 0, nonce: '', prunedTo: 0, prunedBefore: 0 }
    : {
        head: Number(row.head),
        nonce: row.nonce,
        prunedTo: Number(row.pruned_to),
        prunedBefore: Number(row.pruned_before),
      }

export const readState = async (db: SqlRunner, scope: string): Promise<ScopeState> => {
  const [row] = await query<DbState>(
    db,
    sql`SELECT head, nonce, pruned_to, pruned_before FROM holdfast_scopes WHERE scope = ${scope}`,
  )
  return toState(row)
}

/** What the statements for all of these find, one statement for as many as can be bound at once. */
const queryAll = async <TRow>(
  db: SqlRunner,
  wanted: readonly (readonly SqlValue[])[],
  statement: (rows: Sql) => Sql,
): Promise<readonly TRow[]> => {
  const found: TRow[] = []
  for (const chunk of inChunks(wanted)) found.push(...(await query<TRow>(db, statement(rowsOf(chunk)))))
  return found
}

const placeOf = ({ collection, id }: RecordAddress): readonly SqlValue[] => [collection, id]

/** The queries of one transaction in one scope. */
export const createReads = (db: SqlRunner, scope: string): Omit<ReadTransaction, 'database' | 'state'> => ({
  async knows(head, nonce) {
    if (head === 0) return true
    const found = await query<{ readonly nonce: string }>(
      db,
      sql`SELECT nonce FROM holdfast_batches WHERE scope = ${scope} AND head = ${head}`,
    )
    return found[0]?.nonce === nonce
  },
  async changesAfter(seq, limit) {
    const rows = await query<DbRecord>(
      db,
      sql`SELECT * FROM holdfast_records WHERE scope = ${scope} AND seq > ${seq} ORDER BY seq LIMIT ${limit}`,
    )
    return rows.map(toServerRow)
  },
  async recordsAfter(key, limit) {
    const after =
      key === undefined ? sql`` : sql`AND (collection, record_id) > (${key.collection}, ${key.id})`
    const rows = await query<DbRecord>(
      db,
      sql`SELECT * FROM holdfast_records WHERE scope = ${scope} ${after} AND NOT deleted
          ORDER BY collection, record_id LIMIT ${limit}`,
    )
    return rows.map(toServerRow)
  },
  async countRecords(most) {
    const [row] = await query<{ readonly living: DbInteger }>(
      db,
      sql`SELECT COUNT(*) AS living FROM
          (SELECT 1 FROM holdfast_records WHERE scope = ${scope} AND NOT deleted LIMIT ${most}) AS counted`,
    )
    return Number(row?.living ?? 0)
  },
  async records(keys) {
    const rows = await queryAll<DbRecord>(
      db,
      keys.map(placeOf),
      (places) => sql`SELECT * FROM holdfast_records
        WHERE scope = ${scope} AND (collection, record_id) IN (VALUES ${places})`,
    )
    return rows.map(toServerRow)
  },
  async versions(keys) {
    const rows = await queryAll<DbVersions>(
      db,
      keys.map(placeOf),
      (places) => sql`SELECT collection, record_id, version, deleted, field_versions FROM holdfast_records
        WHERE scope = ${scope} AND (collection, record_id) IN (VALUES ${places})`,
    )
    return rows.map(toRowVersions)
  },
  async client(clientId) {
    const [row] = await query<{ readonly user_id: string; readonly instance: string }>(
      db,
      sql`SELECT user_id, instance FROM holdfast_clients WHERE client_id = ${clientId}`,
    )
    const binding: ClientBinding | undefined =
      row === undefined ? undefined : { userId: row.user_id, instance: row.instance }
    return binding
  },
  async watermark(clientId) {
    const [row] = await query<{ readonly watermark: DbInteger }>(
      db,
      sql`SELECT watermark FROM holdfast_watermarks WHERE scope = ${scope} AND client_id = ${clientId}`,
    )
    return Number(row?.watermark ?? 0)
  },
  async slotsAfter(clientId, after, limit) {
    const rows = await query<DbSlot>(
      db,
      sql`SELECT client_seq, operation_id FROM holdfast_operations
          WHERE scope = ${scope} AND client_id = ${clientId} AND client_seq > ${after}
          UNION ALL
          SELECT client_seq, operation_id FROM holdfast_resends
          WHERE scope = ${scope} AND client_id = ${clientId} AND client_seq > ${after}
          ORDER BY client_seq LIMIT ${limit}`,
    )
    return rows.map(toSlot)
  },
  async slotsAt(clientId, clientSeqs) {
    const slotsIn = (table: Sql): Promise<readonly DbSlot[]> =>
      queryAll<DbSlot>(
        db,
        clientSeqs.map((clientSeq) => [clientSeq]),
        (wanted) => sql`SELECT client_seq, operation_id FROM ${table}
          WHERE scope = ${scope} AND client_id = ${clientId} AND client_seq IN (${wanted})`,
      )
    const operations = await slotsIn(sql`holdfast_operations`)
    const resends = await slotsIn(sql`holdfast_resends`)
    return [...operations, ...resends].map(toSlot)
  },
  async operations(operationIds) {
    const rows = await queryAll<DbOperation>(
      db,
      operationIds.map((id) => [id]),
      (ids) => sql`SELECT * FROM holdfast_operations WHERE scope = ${scope} AND operation_id IN (${ids})`,
    )
    return rows.map(toOperationRow)
  },
  async rejectedCreates(clientId, keys) {
    const rows = await queryAll<DbOperation>(
      db,
      keys.map(placeOf),
      (places) => sql`SELECT * FROM holdfast_operations
        WHERE scope = ${scope} AND (collection, record_id) IN (VALUES ${places})
          AND client_id = ${clientId} AND type = ${'create'}
        ORDER BY client_seq`,
    )
    const creates = rows.map(toOperationRow).filter((row) => !isApplied(row))
    const latest = new Map(creates.map((row) => [`${row.collection}/${row.recordId}`, row]))
    return [...latest.values()].map(({ collection, recordId, operationId }) => ({
      collection,
      id: recordId,
      operationId,
    }))
  },
})
