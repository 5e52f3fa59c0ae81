import { SyncError } from '@holdfast/core'
import type { CommitBatch, Entry, Write } from '@holdfast/core/storage'
import { openLogFile } from './log-file.ts'
import { createSortedMap, type SortedMap } from './sorted-map.ts'

/** One database of this process: its entries in memory, and the file that brings them back. */
export interface Store {
  readonly entries: SortedMap
  /** Answers with the new revision, once it is on the disk. @throws SyncError STORAGE_CONFLICT and those of the file */
  readonly commit: (batch: CommitBatch) => number
  readonly close: () => void
}

/** What one line holds: a commit. Null removes the key. */
type Line = readonly [revision: number, writes: readonly (readonly [key: string, value: string | null])[]]

const toFileLine = (revision: number, writes: readonly Write[]): Line => [
  revision,
  writes.map(({ key, value }) => [key, value ?? null]),
]

/** A history that leads to the same entries, without what was overwritten. The last line keeps the revision. */
const shortened = (entries: readonly Entry[], revision: number): readonly Line[] => {
  const byRevision = new Map<number, Entry[]>()
  for (const entry of [...entries].sort((left, right) => left.revision - right.revision)) {
    const written = byRevision.get(entry.revision) ?? []
    written.push(entry)
    byRevision.set(entry.revision, written)
  }
  return [...[...byRevision].map(([each, written]) => toFileLine(each, written)), [revision, []]]
}

/** @throws SyncError STORAGE_CORRUPT, STORAGE_FULL, STORAGE_FAILED */
export const openStore = (path: string, name: string, compactAbove: number): Store => {
  const file = openLogFile(path, name)
  const lines = file.contents as readonly Line[]
  const byKey = new Map<string, Entry>()
  for (const [revision, writes] of lines) {
    for (const [key, value] of writes) {
      if (value === null) byKey.delete(key)
      else byKey.set(key, { key, value, revision })
    }
  }
  const entries = createSortedMap([...byKey.values()])
  let revision = lines.at(-1)?.[0] ?? 0
  let limit = Math.max(compactAbove, 2 * file.size())

  /** Once the file has doubled. A failure leaves the longer file, and is no failure of the commit before it. */
  const compact = (): void => {
    try {
      file.replace(shortened(entries.all(), revision))
    } catch (error) {
      if (!(error instanceof SyncError)) throw error
    }
    limit = Math.max(compactAbove, 2 * file.size())
  }

  return {
    entries,
    commit({ expect, writes }) {
      for (const { key, revision: expected } of expect) {
        if ((entries.get(key)?.revision ?? 0) === expected) continue
        const message = `${key} was changed since it was read; read it again and commit anew.`
        throw new SyncError('STORAGE_CONFLICT', message, { key })
      }
      file.append(toFileLine(revision + 1, writes))
      revision += 1
      for (const { key, value } of writes) {
        if (value === undefined) entries.delete(key)
        else entries.set(Object.freeze({ key, value, revision }))
      }
      if (file.size() > limit) compact()
      return revision
    },
    close: () => file.close(),
  }
}
