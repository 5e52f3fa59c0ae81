import type { CommitBatch } from '@holdfast/core/storage'
import type { LocalOperation, LogHead } from './local-entries.ts'
import { placeOf, type DeviceMirror, type Mirror } from './mirror.ts'
import type { Before } from './together.ts'
import type { Journal } from './journal-world.ts'
import { must } from './violation.ts'

const isUnapplied = ({ status, fate }: LocalOperation): boolean =>
  ['PENDING', 'SENT', 'CONFLICT'].includes(status) || (status === 'REJECTED' && fate.discarded !== true)

/** What is copied stays as it is until somebody asks to remove it, and nobody does here. @throws Violation */
export const checkCopiesKept = ({ backups }: DeviceMirror, { writes }: CommitBatch): void => {
  for (const { key, value } of writes) {
    const [place, id] = placeOf(key)
    if (place !== 'backup' && place !== 'kept') continue
    const known = backups.get(id)
    const isOpen = known === undefined || known.place !== undefined
    must(isOpen && (place === 'backup' || value !== undefined), 'conserved', () => `${key} was changed`)
  }
}

/**
 * Before a scope is fetched anew, what nobody has applied is copied: none of it hangs on what becomes of it then [BK1].
 * @throws Violation
 */
export const checkBackedUp = (
  { backups, backedUp }: DeviceMirror,
  mirror: Mirror,
  { log: was, statuses }: { readonly log: LogHead | undefined; readonly statuses: Before },
): void => {
  const { log, ids, operations } = mirror
  if (was?.resetting === undefined && log?.resetting !== undefined)
    mirror.unapplied = [...operations.values()].filter(isUnapplied).map(({ id }) => id)
  if (was?.resetting === undefined || log?.resetting !== undefined) return
  const { unapplied } = mirror
  mirror.unapplied = []
  const copies = backedUp.get(was.backup ?? '')
  const isComplete = backups.get(was.backup ?? '')?.place === undefined
  for (const id of unapplied) {
    const localSeq = ids.get(id)?.localSeq ?? 0
    const before = statuses.has(localSeq) ? statuses.get(localSeq) : operations.get(localSeq)
    // Its author has settled it meanwhile.
    if (before === undefined || !isUnapplied(before)) continue
    const copy = copies?.get(id)
    // A newer version of the app may have brought it up since.
    const isSame =
      copy?.recordId === before.recordId &&
      (copy.opVersion !== before.opVersion || (copy.type === before.type && copy.payload === before.payload))
    must(isComplete && isSame, 'conserved', () => `${id} is not in the backup ${was.backup}`)
  }
}

/** Made again from a backup or not, an operation takes effect once. @throws Violation */
export const checkRestoredOnce = ({ decision }: Journal, restored: ReadonlyMap<string, unknown>): void => {
  // What was decided anew, once the first verdict was forgotten, its own device still has by that one (docs/gaps.md).
  const isApplied = (id: string): boolean =>
    ['applied', 'merged'].includes(decision(id)?.verdict.kind ?? 'unknown') &&
    decision(id)?.earlier === undefined
  for (const id of restored.keys())
    must(
      !id.endsWith('-r') || !isApplied(id) || !isApplied(id.slice(0, -2)),
      'exactly once',
      () => `${id} was applied, and it had been applied before`,
    )
}
