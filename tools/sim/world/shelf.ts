import type { Operation } from '@holdfast/core'
import type { Shelved } from '../checks/archive.ts'
import { readStored } from '../checks/local-entries.ts'
import { localSeqOf, type DeviceMirror } from '../checks/mirror.ts'
import { must } from '../checks/violation.ts'
import type { CommitBatch } from '@holdfast/core/storage'

/** With which revision something was stored, and when. */
interface Stored {
  readonly at: number
  readonly revision: number
}

/** What devices keep of decided operations, since when, and what they removed of it. */
export interface Shelf extends Shelved {
  /** A device committed something, now or in the store that was put in the place of its own. */
  readonly onCommit: (device: DeviceMirror, batch: CommitBatch, stored: Stored) => void
  /** Another store is put in the place of its own. */
  readonly forget: (device: DeviceMirror) => void
  /** The app was given what is about to be removed. */
  readonly onHanded: (operations: readonly Operation[]) => void
  /** It is gone: nobody misses it. */
  readonly onRemoved: (operations: readonly { readonly id: string }[]) => void
  readonly isRemoved: (id: string) => boolean
  /** Operations of a tab made room in a full queue, and its app has not heard of it. */
  readonly onDropped: (tab: string, ids: readonly string[]) => void
  /** The app of a tab was told which. @throws Violation */
  readonly onToldDropped: (tab: string, ids: readonly string[]) => void
  /** All that a tab dropped was told. Nothing may be under way. @throws Violation */
  readonly checkTold: (tab: string) => void
}

interface ArchiveState {
  readonly marks: readonly { readonly revision: number }[]
}

export const createShelf = (time: { readonly now: () => number }): Shelf => {
  const stored = new Map<DeviceMirror, Map<string, Stored>>()
  const storedFirst = new Map<string, Stored>()
  /** A copy has what its original had stored by then. */
  const storedBy = (device: DeviceMirror, id: string): Stored | undefined =>
    stored.get(device)?.get(id) ?? storedFirst.get(id)
  /** When the archives of a device's scopes noted what time it was, and how far they were then. */
  const marks = new Map<DeviceMirror, Map<string, { readonly at: number; readonly revision: number }[]>>()
  const handed = new Set<string>()
  const removed = new Set<string>()
  const untold = new Map<string, Set<string>>()
  return {
    onCommit(device, { writes }, now) {
      for (const { key, value } of writes) {
        if (value === undefined) continue
        if (key.startsWith('archive/')) {
          const ofDevice = marks.get(device) ?? new Map<string, { at: number; revision: number }[]>()
          const known = ofDevice.get(key) ?? []
          const { revision: upTo = 0 } = (readStored(value) as ArchiveState).marks.at(-1) ?? {}
          marks.set(device, ofDevice.set(key, [...known, { at: now.at, revision: upTo }]))
        }
        if (!key.startsWith('done/') || localSeqOf(key) === undefined) continue
        const { id } = readStored(value) as { readonly id: string }
        stored.set(device, (stored.get(device) ?? new Map<string, Stored>()).set(id, now))
        if (!storedFirst.has(id)) storedFirst.set(id, now)
      }
    },
    forget(device) {
      stored.delete(device)
      marks.delete(device)
    },
    ageOf: (device, id) => time.now() - (storedBy(device, id)?.at ?? time.now()),
    notedFor(device, scope, id) {
      const { revision = Infinity } = storedBy(device, id) ?? {}
      const mark = marks
        .get(device)
        ?.get(`archive/${scope}/state`)
        ?.find((one) => one.revision >= revision)
      return mark === undefined ? 0 : time.now() - mark.at
    },
    wasHanded: (id) => handed.has(id),
    onHanded: (operations) => operations.forEach(({ id }) => handed.add(id)),
    onRemoved: (operations) => operations.forEach(({ id }) => removed.add(id)),
    isRemoved: (id) => removed.has(id),
    onDropped: (tab, ids) => untold.set(tab, new Set([...(untold.get(tab) ?? []), ...ids])),
    onToldDropped(tab, ids) {
      for (const id of ids) {
        const isKnown = untold.get(tab)?.delete(id) === true
        must(isKnown, 'honest status', () => `${tab} is told that ${id} was dropped, and it was not`)
      }
    },
    checkTold(tab) {
      const [first] = untold.get(tab) ?? []
      must(first === undefined, 'honest status', () => `${tab} was not told that ${first} was dropped`)
    },
  }
}
