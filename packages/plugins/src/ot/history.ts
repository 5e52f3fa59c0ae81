import type { Applying, Portable } from '@holdfast/core'

/** What an operation carries. Its context: the server's document at `at`, and its author's own operations before it. */
export interface OtDelta {
  readonly [key: string]: Portable
  /** The version of the record that its author saw. */
  readonly at: number
  /** The author's operation before it that was not part of that version; null: none. */
  readonly previous: string | null
  readonly operation: Portable
}

/** Made on a guess: it fits the very document that its author's device showed, and has no place on any other. */
export interface OtDeltaOnGuess extends OtDelta {
  /** The fingerprint of that document. */
  readonly seen: string
}

export const isOnGuess = (delta: OtDelta): delta is OtDeltaOnGuess => typeof delta['seen'] === 'string'

/**
 * The operations of others that lead from what an author saw after an operation to the document of the version that it
 * got. `forgotten`: they are no longer kept; `guessed`: a device shows it without knowing its place.
 */
export type Between = readonly Portable[] | 'forgotten' | 'guessed'

/** An applied operation. */
export interface Entry extends OtDelta {
  readonly id: string
  /** The version that the record got by it. */
  readonly version: number
  /** The operation as it was applied, on the document of the version before; null: as its author made it. */
  readonly applied: { readonly operation: Portable } | null
  readonly between: Between
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

export const appliedOf = ({ applied, operation }: Entry): Portable =>
  applied === null ? operation : applied.operation

/** The most characters that the operations of one field may take of its record. */
const mostCharacters = 65_536

/** What an operation comes to where it is applied. */
export interface Placed {
  /** As it has to be applied on the newest document. */
  readonly operation: Portable
  readonly between: Between
}

const sizeOf = (value: Portable): number => JSON.stringify(value).length

const toEntry = (
  delta: OtDelta,
  { operationId, version }: Applying,
  { operation, between }: Placed,
): Entry => {
  const [made, applied] = [JSON.stringify(delta.operation), JSON.stringify(operation)]
  const isSame = made === applied
  const kept = sizeOf(between) > largestBetween ? 'forgotten' : between
  return {
    ...delta,
    id: operationId,
    version,
    applied: isSame ? null : { operation },
    between: kept,
    size: made.length + (isSame ? 0 : applied.length) + sizeOf(kept),
  }
}

/** Of so many entries it is kept what lay between, as long as that is not too large; their authors may go on. */
const mostWithBetween = 20
const largestBetween = 16_384

/** Once the next one of its author has taken that over, it would be kept twice. */
const withoutBetween = (entry: Entry): Entry =>
  typeof entry.between === 'string' || entry.between.length === 0
    ? entry
    : { ...entry, between: 'forgotten', size: entry.size - sizeOf(entry.between) }

/** With a new entry, which always stays; the oldest are let go where there are too many, or too large ones. */
export const withApplied = (
  history: History,
  delta: OtDelta,
  { applying, placed, keep }: { applying: Applying; placed: Placed; keep: number },
): History => {
  const oldOnes = history.entries.length - mostWithBetween
  const kept = history.entries.map((entry, index) =>
    entry.id === delta.previous || index < oldOnes ? withoutBetween(entry) : entry,
  )
  const entries = [...kept, toEntry(delta, applying, placed)]
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
