import type { BaseRow } from '../../model/record.ts'
import type { GetRequest } from '../../storage/contract.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { recordEntry } from '../entries.ts'
import { recordKey, stageKey, type RecordAddress } from '../keys.ts'
import { storedLogHead } from '../log.ts'
import { recordIn } from '../records.ts'

/** What `baseIn` needs to have been read, besides the log's head. */
export const baseReads = (address: RecordAddress): readonly GetRequest[] => [
  { get: recordKey(address) },
  { get: stageKey(address) },
]

/** The server's row of a record at the head that is shown, for steps that look at it and do not change it. */
export const baseIn = (workspace: Workspace, address: RecordAddress): BaseRow | undefined => {
  const isFolding = storedLogHead(workspace, address.scope).folding !== undefined
  const staged = isFolding ? workspace.value(stageKey(address)) : undefined
  return staged === undefined ? recordIn(workspace, address).base : recordEntry.decode(staged).base
}
