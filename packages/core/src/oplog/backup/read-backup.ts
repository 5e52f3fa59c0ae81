import { decodePortable } from '../../base/codec.ts'
import { SyncError } from '../../base/errors.ts'
import type { Operation } from '../../model/operation.ts'
import type { Store } from '../../storage/store.ts'
import { backupKey, backupPartsPrefix, backupsPrefix } from '../keys.ts'
import { byAge } from '../stored.ts'
import { backupEntry, partEntry, type Backup, type BackupPart, type StoredBackup } from './entry.ts'

/** A backup with all that it holds; the form in which it is exported. */
export interface WholeBackup extends Backup, BackupPart {
  readonly kind: typeof kind
}

const kind = 'holdfast backup'

const toBackup = ({ place: _place, after: _after, parts: _parts, ...backup }: StoredBackup): Backup => backup

/** Those that are complete, oldest first. */
export const listBackups = async (store: Store): Promise<readonly Backup[]> => {
  const [entries] = await store.read([{ scan: backupsPrefix }])
  const stored = entries.map(({ value }) => backupEntry.decode(value))
  const complete = stored.filter(({ place }) => place === undefined).map(toBackup)
  return complete.sort((left, right) => left.at - right.at)
}

/** @throws SyncError NOT_FOUND */
export const readBackup = async (store: Store, id: string): Promise<WholeBackup> => {
  const [stored, parts] = await store.read([{ get: backupKey(id) }, { scan: backupPartsPrefix(id) }])
  if (stored === undefined) throw noBackup(id)
  const all = parts.map(({ value }) => partEntry.decode(value))
  // One may have changed its place while it was copied.
  const operations = new Map(all.flatMap((part) => part.operations.map((one) => [one.id, one])))
  return {
    kind,
    ...toBackup(backupEntry.decode(stored.value)),
    operations: [...operations.values()].sort(byAge),
    conflicts: all.flatMap(({ conflicts }) => conflicts),
    records: all.flatMap(({ records }) => records),
  }
}

/** @throws SyncError NOT_FOUND */
export const removeBackup = (store: Store, id: string): Promise<void> =>
  store.update(async (workspace) => {
    const [stored, parts] = await workspace.read([{ get: backupKey(id) }, { scan: backupPartsPrefix(id) }])
    if (stored === undefined) throw noBackup(id)
    for (const { key } of [stored, ...parts]) workspace.remove(key)
  })

/** What `JSON.stringify` made of one. @throws SyncError INVALID */
export const parseBackup = (text: string): WholeBackup => {
  try {
    const backup = JSON.parse(text) as WholeBackup
    if (backup.kind !== kind || typeof backup.scope !== 'string' || !backup.operations.every(isOperation))
      throw new TypeError('It has another form.')
    return backup
  } catch (error) {
    throw new SyncError('INVALID', 'This text is no backup.', { reason: 'no backup' }, { cause: error })
  }
}

const isOperation = (one: Partial<Operation>): boolean => {
  const texts = [one.id, one.collection, one.recordId, one.type, one.status, one.opVersion]
  if (!texts.every((text) => typeof text === 'string') || typeof one.localSeq !== 'number') return false
  return typeof one.payload === 'string' && decodePortable(one.payload) !== undefined
}

const noBackup = (id: string): SyncError =>
  new SyncError('NOT_FOUND', `There is no backup "${id}".`, { collection: 'backups', recordId: id })
