import type { GetRequest } from '../storage/contract.ts'
import type { Workspace } from '../storage/workspace.ts'
import { noRecord, recordEntry, type RecordEntry } from './entries.ts'
import { indexEntries } from './index-registry.ts'
import { indexesKey, recordKey, type RecordAddress } from './keys.ts'

/** What has to be read before `recordIn` and `putRecord`: the records, and which indexes they are in. */
export const recordReads = (addresses: Iterable<RecordAddress>): readonly GetRequest[] => {
  const keys = new Set<string>()
  for (const address of addresses) keys.add(indexesKey(address.scope)).add(recordKey(address))
  return [...keys].map((key) => ({ get: key }))
}

/** The record as this step has it so far. */
export const recordIn = (workspace: Workspace, address: RecordAddress): RecordEntry => {
  const value = workspace.value(recordKey(address))
  return value === undefined ? noRecord : recordEntry.decode(value)
}

/** The one place where a record is stored, and its entries in the indexes with it. */
export const putRecord = (workspace: Workspace, address: RecordAddress, entry: RecordEntry): void => {
  const registryKey = indexesKey(address.scope)
  for (const key of [registryKey, recordKey(address)]) {
    if (!workspace.knows(key)) throw new Error(`${key} was not read; see recordReads.`)
  }
  const registry = workspace.value(registryKey)
  // Another tab may add an index meanwhile: then this step starts again, and keeps that one too.
  workspace.expect(registryKey)
  if (registry !== undefined) {
    const before = indexEntries(registry, address, () => recordIn(workspace, address).shown)
    const after = indexEntries(registry, address, () => entry.shown)
    for (const [index, key] of before) if (after.get(index) !== key) workspace.remove(key)
    for (const [index, key] of after) if (before.get(index) !== key) workspace.put(key, '')
  }
  workspace.put(recordKey(address), recordEntry.encode(entry))
}
