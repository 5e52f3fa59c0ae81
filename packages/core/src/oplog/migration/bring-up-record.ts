import { encodePortable } from '../../base/codec.ts'
import type { Operation } from '../../model/operation.ts'
import type { RecordData } from '../../model/record.ts'
import { renamed, renamedKeys, renamingOf, type Renaming } from '../../model/renaming.ts'
import type { Workspace } from '../../storage/workspace.ts'
import {
  conflictEntry,
  decodeData,
  operationEntry,
  type ConflictEntry,
  type RecordEntry,
} from '../entries.ts'
import { conflictKey, operationKey, operationPrefix, type RecordAddress } from '../keys.ts'
import { show, toReplayed } from '../rebase.ts'
import { putRecord, recordIn, recordReads } from '../records.ts'
import { addTouched } from '../touched.ts'
import { bringUpData, bringUpOperation, bringUpRow, type BringingUp } from './bring-up.ts'

/** What has to be read of the records before `bringUpRecord`. Returns each record's operations, oldest first. */
export const readForBringUp = async (
  workspace: Workspace,
  addresses: readonly RecordAddress[],
): Promise<readonly (readonly Operation[])[]> => {
  await workspace.read([
    ...recordReads(addresses),
    ...addresses.map((address) => ({ get: conflictKey(address) })),
  ])
  const scans = await workspace.read(addresses.map((address) => ({ scan: operationPrefix(address) })))
  return scans.map((entries) => entries.map(({ value }) => operationEntry.decode(value)))
}

/** A record with all that lies on it. @throws SyncError what a hook throws */
export const bringUpRecord = async (
  workspace: Workspace,
  bringing: BringingUp,
  address: RecordAddress,
  operations: readonly Operation[],
): Promise<void> => {
  const { collection } = address
  const entry = recordIn(workspace, address)
  const base = entry.base && (await bringUpRow(bringing, collection, entry.base))
  const renaming = await renamingIn(bringing, collection, entry, base?.data)
  const raised: Operation[] = []
  for (const operation of operations) {
    const next = await bringUpOperation(bringing, operation, renaming)
    raised.push(next)
    if (next !== operation) workspace.put(operationKey(next), operationEntry.encode(next))
  }
  const stored = workspace.value(conflictKey(address))
  if (stored !== undefined) {
    const raising = { operations: raised, renaming, base }
    const conflict = await bringUpConflict(bringing, collection, conflictEntry.decode(stored), raising)
    workspace.put(conflictKey(address), conflictEntry.encode(conflict))
  }
  putRecord(workspace, address, {
    base,
    overlay: entry.overlay,
    touched: raised.reduce(addTouched, {}),
    shown: show(bringing.schema, collection, {
      base,
      changes: raised.map((operation) => toReplayed(workspace, operation)),
    }),
  })
}

/** A record that was made here is only known by what is shown of it. */
const renamingIn = async (
  bringing: BringingUp,
  collection: string,
  { base, shown }: RecordEntry,
  after: RecordData | undefined,
): Promise<Renaming> => {
  if (base !== undefined) return renamingOf(base.data, after)
  return renamingOf(shown, shown && (await bringUpData(bringing, collection, shown)))
}

interface Raising {
  readonly operations: readonly Operation[]
  readonly renaming: Renaming
  readonly base: RecordEntry['base']
}

const bringUpConflict = async (
  bringing: BringingUp,
  collection: string,
  conflict: ConflictEntry,
  { operations, renaming, base }: Raising,
): Promise<ConflictEntry> => {
  const fieldsById = new Map(operations.map(({ id, fields }) => [id, fields]))
  const { serverData, serverVersion } = conflict
  // Once the base is as new, that is the server's side.
  const isTold = serverData !== null && (base === undefined || base.version < serverVersion)
  const told = isTold ? await bringUpData(bringing, collection, decodeData(serverData)) : undefined
  const { answer: _, ...rest } = conflict
  return {
    ...rest,
    fields: renamed(conflict.fields, renaming),
    operations: conflict.operations.map((waiting) => ({
      ...waiting,
      fields: fieldsById.get(waiting.id) ?? renamed(waiting.fields, renaming),
    })),
    overwritten: renamedKeys(conflict.overwritten, renaming),
    serverData: told === undefined ? serverData : encodePortable(told),
    ...(keepsAnswer(conflict, renaming) ? { answer: conflict.answer } : {}),
  }
}

/** A patch is in the old shape; where fields went, the person is asked again. */
const keepsAnswer = ({ answer }: ConflictEntry, renaming: Renaming): boolean =>
  answer !== undefined && ('take' in answer.choice || renaming.size === 0)
