import { SyncError, type Applying, type Portable } from '@holdfast/core'
import type { OtField } from './ot-type.ts'

/** What an operation carries. Its context: the server's document at `at`, and its author's own operations before it. */
export interface OtDelta {
  readonly [key: string]: Portable
  /** The version of the record that its author saw. */
  readonly at: number
  /** The author's operation before it that was not part of that version; null: none. */
  readonly previous: string | null
  readonly operation: Portable
}

/** An applied operation. */
export interface Entry extends OtDelta {
  readonly id: string
  /** The version that the record got by it. */
  readonly version: number
  /** The operation as it was applied, on the document of the version before; null: as its author made it. */
  readonly applied: { readonly operation: Portable } | null
  /** Nothing of others lay between: the document of its version is what its author saw after it. */
  readonly alone: boolean
  /** In characters, about. */
  readonly size: number
}

/** The newest operations of one field. */
export interface History {
  readonly [key: string]: Portable
  /** Up to this version nothing is known. */
  readonly floor: number
  /** There is no document; the field's value is null then, which may also be one. */
  readonly absent: boolean
  readonly entries: readonly Entry[]
}

interface Moving {
  readonly id: string
  readonly at: number
  operation: Portable
}

const tooOld = (): SyncError =>
  new SyncError('MISSING_DEPENDENCY', 'What this builds on is no longer known; it is made again.', {})

const fromTheFuture = (): SyncError =>
  new SyncError('INVALID', 'This builds on a version that never was.', { reason: 'unknown version' })

/**
 * The author's operations that `delta` builds on and that its version did not have, oldest first; and what these build on
 * in turn.
 */
const chainOf = (history: History, delta: OtDelta): readonly Entry[] => {
  const byId = new Map(history.entries.map((entry) => [entry.id, entry]))
  const chain: Entry[] = []
  let builder = delta
  while (builder.previous !== null) {
    const entry = byId.get(builder.previous)
    if (entry === undefined) throw tooOld()
    if (entry.version <= builder.at) break
    chain.unshift(entry)
    builder = entry
  }
  return chain
}

/** Where its author wrote alone, an operation builds on a version that the server has had, however long the chain is. */
const shortened = (history: History, delta: OtDelta): OtDelta => {
  const before = history.entries.find(({ id }) => id === delta.previous)
  return before !== undefined && before.alone && before.version > delta.at
    ? { ...delta, at: before.version, previous: null }
    : delta
}

export interface Placed {
  /** As it has to be applied on the newest document. */
  readonly operation: Portable
  readonly alone: boolean
}

/**
 * The operation as it has to be applied on the newest document. It is carried through all that was applied since its
 * author saw the record: over each operation of somebody else, and that one in turn over the author's own operations
 * that come before this one, so that it meets them where they are. What came first to the server stands to the left.
 * @param newest the version of the newest document
 * @throws SyncError MISSING_DEPENDENCY (the history does not reach back so far, or an operation that it builds on was
 * not applied), INVALID
 */
export const placeOperation = (type: OtField, history: History, made: OtDelta, newest: number): Placed => {
  if (made.at > newest) throw fromTheFuture()
  const delta = shortened(history, made)
  const chain = chainOf(history, delta)
  const start = Math.min(delta.at, ...chain.map(({ at }) => at))
  if (start < history.floor) throw tooOld()
  const own: Moving = { id: '', at: delta.at, operation: type.read(delta.operation) }
  let before: readonly Moving[] = chain.map(({ id, at, operation }) => ({ id, at, operation }))
  const chained = new Set(chain.map(({ id }) => id))
  let alone = true
  for (const entry of history.entries) {
    const { id, version } = entry
    if (version <= start) continue
    if (chained.has(id)) {
      before = before.filter((moving) => moving.id !== id)
      continue
    }
    alone = false
    let other = appliedOf(entry)
    for (const moving of [...before, own]) {
      // Its author made it only later, and had seen this one.
      if (moving.at >= version) continue
      const moved = type.transform(moving.operation, other, 'right')
      other = type.transform(other, moving.operation, 'left')
      moving.operation = moved
    }
  }
  return { operation: own.operation, alone }
}

export const appliedOf = ({ applied, operation }: Entry): Portable =>
  applied === null ? operation : applied.operation

/** The most characters that the operations of one field may take of its record. */
const mostCharacters = 65_536

const toEntry = (delta: OtDelta, { operationId, version }: Applying, { operation, alone }: Placed): Entry => {
  const [made, applied] = [JSON.stringify(delta.operation), JSON.stringify(operation)]
  const isSame = made === applied
  return {
    ...delta,
    id: operationId,
    version,
    applied: isSame ? null : { operation },
    alone,
    size: made.length + (isSame ? 0 : applied.length),
  }
}

/** With a new entry, which always stays; the oldest are let go where there are too many, or too large ones. */
export const withApplied = (
  history: History,
  delta: OtDelta,
  { applying, placed, keep }: { applying: Applying; placed: Placed; keep: number },
): History => {
  const entries = [...history.entries, toEntry(delta, applying, placed)]
  let characters = entries.reduce((sum, { size }) => sum + size, 0)
  let { floor } = history
  let first = 0
  while (entries.length - first > keep || characters > mostCharacters) {
    const oldest = entries[first]
    if (oldest === undefined || first === entries.length - 1) break
    floor = oldest.version
    characters -= oldest.size
    first += 1
  }
  return { ...history, floor, entries: entries.slice(first) }
}
