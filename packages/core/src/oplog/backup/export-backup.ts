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
  for (let start = 0; start < backup.operations.length; start += portion) {
    const some = backup.operations.slice(start, start + portion)
    const known = await operationsAt(store, some)
    for (const kept of some) {
      const now = await followed(store, kept, known.get(kept.id))
      if (now !== undefined) found.set(now.id, now)
    }
  }
  const operations = [...found.values()].sort(byAge)
  return { ...backup, operations, size: operations.length }
}

/** Looked up together. */
const portion = 200

/** A scope that was left has nothing to fold. */
const markExported = (store: Store, scope: string): Promise<void> =>
  store.update(async (workspace) => {
    const [log] = await workspace.read([{ get: logKey(scope) }])
    if (log === undefined) return
    const head = storedLogHead(workspace, scope)
    if (head.left !== true && head.exportedBefore !== head.nextLocalSeq)
      putLogHead(workspace, scope, { ...head, exportedBefore: head.nextLocalSeq })
  })

/** What it is by now; undefined where all that is left of it has been decided under another id. */
const followed = async (
  store: Store,
  kept: Operation,
  known: Operation | undefined,
): Promise<Operation | undefined> => {
  if (kept.status === 'REJECTED' || known === undefined) return kept
  let now: Operation | undefined = known
  for (const seen = new Set<string>(); now?.fate.kind === 'superseded' && !seen.has(now.id);) {
    seen.add(now.id)
    const next: string = now.fate.by ?? ''
    now = (await operationsAt(store, [{ id: next }])).get(next)
  }
  // As it was copied: the server finds by its id what became of it.
  if (now?.id === kept.id)
    return now.isFolded === true ? { ...kept, type: now.type, payload: now.payload } : kept
  return now !== undefined && isOpen.has(now.status) ? now : undefined
}

const isOpen: ReadonlySet<Operation['status']> = new Set(['PENDING', 'SENT', 'CONFLICT', 'REJECTED'])

const operationsAt = async (
  store: Store,
  wanted: readonly Pick<Operation, 'id'>[],
): Promise<ReadonlyMap<string, Operation>> => {
  const places = await store.read(wanted.map(({ id }) => ({ get: operationIdKey(id) })))
  const addresses = places.flatMap((place) => (place === undefined ? [] : [addressEntry.decode(place.value)]))
  const keys = addresses.flatMap((address) => [
    operationKey(address),
    doneKey(address.scope, address.localSeq),
  ])
  const operations = operationsOf(await store.read(keys.map((get) => ({ get }))))
  return new Map(operations.map((operation) => [operation.id, operation]))
}
