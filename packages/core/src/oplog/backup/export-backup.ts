import type { Operation } from '../../model/operation.ts'
import type { Store } from '../../storage/store.ts'
import { addressEntry } from '../entries.ts'
import { doneKey, logKey, operationIdKey, operationKey } from '../keys.ts'
import { putLogHead, storedLogHead } from '../log.ts'
import { byAge, operationsOf } from '../stored.ts'
import { readBackup, type WholeBackup } from './read-backup.ts'

/**
 * A backup as it leaves the device: whoever restores it makes its operations under their ids. So what became part of another
 * one here since is in the text as that one, if at all, and nothing of it is folded from here on.
 * @throws SyncError NOT_FOUND
 */
export const exportBackup = async (store: Store, id: string): Promise<WholeBackup> => {
  const { scope } = await readBackup(store, id)
  await markExported(store, scope)
  const backup = await readBackup(store, id)
  const found = new Map<string, Operation>()
  for (const kept of backup.operations) {
    const now = kept.status === 'REJECTED' ? kept : await followed(store, kept)
    if (now !== undefined) found.set(now.id, now)
  }
  const operations = [...found.values()].sort(byAge)
  return { ...backup, operations, size: operations.length }
}

/** A scope that was left has nothing to fold. */
const markExported = (store: Store, scope: string): Promise<void> =>
  store.update(async (workspace) => {
    await workspace.read([{ get: logKey(scope) }])
    const head = storedLogHead(workspace, scope)
    if (head.left !== true && head.exportedBefore !== head.nextLocalSeq)
      putLogHead(workspace, scope, { ...head, exportedBefore: head.nextLocalSeq })
  })

/** What it is by now; undefined where all that is left of it has been decided under another id. */
const followed = async (store: Store, kept: Operation): Promise<Operation | undefined> => {
  let now = await operationAt(store, kept.id)
  for (const seen = new Set<string>(); now?.fate.kind === 'superseded' && !seen.has(now.id);) {
    seen.add(now.id)
    now = now.fate.by === undefined ? undefined : await operationAt(store, now.fate.by)
    if (now === undefined) return undefined
  }
  if (now === undefined) return kept
  // As it was copied: the server finds by its id what became of it.
  if (now.id === kept.id)
    return now.isFolded === true ? { ...kept, type: now.type, payload: now.payload } : kept
  return isOpen.has(now.status) ? now : undefined
}

const isOpen: ReadonlySet<Operation['status']> = new Set(['PENDING', 'SENT', 'CONFLICT', 'REJECTED'])

const operationAt = async (store: Store, id: string): Promise<Operation | undefined> => {
  const index = await store.get(operationIdKey(id))
  if (index === undefined) return undefined
  const address = addressEntry.decode(index.value)
  const keys = [operationKey(address), doneKey(address.scope, address.localSeq)]
  const [operation] = operationsOf(await store.read(keys.map((get) => ({ get }))))
  return operation
}
