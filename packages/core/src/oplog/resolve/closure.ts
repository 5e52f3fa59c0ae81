import type { Operation } from '../../model/operation.ts'
import type { Schema } from '../../model/schema.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { conflictEntry, transactionEntry, type ConflictEntry } from '../entries.ts'
import { conflictKey, recordKey, transactionKey, type RecordAddress } from '../keys.ts'
import { foldRecords } from '../staging/fold.ts'
import { readOnRecord } from './on-record.ts'

/** A record on which operations wait for an answer. */
export interface WaitingRecord {
  readonly address: RecordAddress
  readonly conflict: ConflictEntry
  /** All that lie on it, oldest first. */
  readonly onRecord: readonly Operation[]
  /** Those that wait. */
  readonly waiting: readonly Operation[]
}

export interface Closure {
  /** In the order in which their oldest waiting operation was made. */
  readonly records: readonly WaitingRecord[]
  readonly transactions: readonly string[]
}

/**
 * The record of a conflict, and all records whose operations wait with it because they belong to the same
 * transactions, folded. The log's head must have been read.
 */
export const readClosure = async (
  workspace: Workspace,
  schema: Schema,
  start: RecordAddress,
): Promise<Closure> => {
  const records = new Map<string, WaitingRecord>()
  const transactions = new Set<string>()
  const open: RecordAddress[] = [start]
  for (let address = open.pop(); address !== undefined; address = open.pop()) {
    if (records.has(recordKey(address))) continue
    const record = await readRecord(workspace, schema, address)
    if (record === undefined) continue
    records.set(recordKey(address), record)
    for (const { transaction } of record.waiting) {
      if (transaction === undefined || transactions.has(transaction.id)) continue
      transactions.add(transaction.id)
      open.push(...(await readMembers(workspace, address.scope, transaction.id)))
    }
  }
  return { records: [...records.values()].sort(byAge), transactions: [...transactions] }
}

const readRecord = async (
  workspace: Workspace,
  schema: Schema,
  address: RecordAddress,
): Promise<WaitingRecord | undefined> => {
  await workspace.read([{ get: conflictKey(address) }, { get: recordKey(address) }])
  const stored = workspace.value(conflictKey(address))
  if (stored === undefined) return undefined
  await foldRecords(workspace, schema, [address])
  const onRecord = await readOnRecord(workspace, address)
  const waiting = onRecord.filter(({ status }) => status === 'CONFLICT')
  return { address, conflict: conflictEntry.decode(stored), onRecord, waiting }
}

const readMembers = async (
  workspace: Workspace,
  scope: string,
  transactionId: string,
): Promise<readonly RecordAddress[]> => {
  const [stored] = await workspace.read([{ get: transactionKey(scope, transactionId) }])
  if (stored === undefined) return []
  return transactionEntry
    .decode(stored.value)
    .operations.map(({ collection, recordId }) => ({ scope, collection, recordId }))
}

const oldest = ({ waiting }: WaitingRecord): number => waiting[0]?.localSeq ?? 0

const byAge = (left: WaitingRecord, right: WaitingRecord): number => oldest(left) - oldest(right)
