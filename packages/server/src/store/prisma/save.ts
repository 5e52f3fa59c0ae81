import type { Changes } from '../contract.ts'
import type { SqlRunner } from './client.ts'
import { fromOperationRow, fromServerRow } from './rows.ts'
import { execute, rowsOf, sql, type Sql } from './sql.ts'

/** The statements that store a batch: one for each table, however many rows. */
const saveStatements = (scope: string, changes: Changes): readonly Sql[] => {
  const { rows, operations, resends, client, head } = changes
  const statements: Sql[] = []
  if (rows.length > 0) {
    statements.push(sql`INSERT INTO holdfast_records
      (scope, collection, record_id, version, seq, born_seq, deleted, data, field_versions, updated_at, updated_by)
      VALUES ${rowsOf(rows.map((row) => fromServerRow(scope, row)))}
      ON CONFLICT (scope, collection, record_id) DO UPDATE SET
        version = excluded.version, seq = excluded.seq, born_seq = excluded.born_seq, deleted = excluded.deleted,
        data = excluded.data, field_versions = excluded.field_versions,
        updated_at = excluded.updated_at, updated_by = excluded.updated_by`)
  }
  if (operations.length > 0) {
    statements.push(sql`INSERT INTO holdfast_operations
      (scope, operation_id, client_id, client_seq, user_id, payload_hash, collection, record_id, type, verdict,
       decided_at)
      VALUES ${rowsOf(operations.map((row) => fromOperationRow(scope, row)))}`)
  }
  if (resends.length > 0) {
    const values = resends.map(({ clientSeq, operationId }) => [
      scope,
      client.clientId,
      clientSeq,
      operationId,
    ])
    statements.push(sql`INSERT INTO holdfast_resends (scope, client_id, client_seq, operation_id)
      VALUES ${rowsOf(values)}`)
  }
  statements.push(sql`INSERT INTO holdfast_clients (client_id, user_id, instance)
    VALUES (${client.clientId}, ${client.userId}, ${client.instance})
    ON CONFLICT (client_id) DO UPDATE SET instance = excluded.instance`)
  statements.push(sql`INSERT INTO holdfast_watermarks (scope, client_id, watermark)
    VALUES (${scope}, ${client.clientId}, ${client.watermark})
    ON CONFLICT (scope, client_id) DO UPDATE SET watermark = excluded.watermark`)
  if (head !== undefined) {
    statements.push(sql`INSERT INTO holdfast_batches (scope, head, nonce)
      VALUES (${scope}, ${head.head}, ${head.nonce})`)
    statements.push(
      sql`UPDATE holdfast_scopes SET head = ${head.head}, nonce = ${head.nonce} WHERE scope = ${scope}`,
    )
  }
  return statements
}

export const save = async (db: SqlRunner, scope: string, changes: Changes): Promise<void> => {
  for (const statement of saveStatements(scope, changes)) await execute(db, statement)
}
