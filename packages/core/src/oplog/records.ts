import type { Workspace } from '../storage/workspace.ts'
import { noRecord, recordEntry, type RecordEntry } from './entries.ts'
import { recordKey, type RecordAddress } from './keys.ts'

/** The record as this step has it so far. `recordKey` must have been read. */
export const recordIn = (workspace: Workspace, address: RecordAddress): RecordEntry => {
  const value = workspace.value(recordKey(address))
  return value === undefined ? noRecord : recordEntry.decode(value)
}

/** The one place where a record is stored. */
export const putRecord = (workspace: Workspace, address: RecordAddress, entry: RecordEntry): void =>
  workspace.put(recordKey(address), recordEntry.encode(entry))
