import type { Kept, Kind } from './kinds.ts'
import { applied, reachOf, transformed, type Edit } from './text-edits.ts'
import { unsaid } from './text-kind.ts'
import type { Value } from './values.ts'

/** What an operation says about a text: the version that its author saw, and which own edit came before it since. */
interface Said {
  readonly at: number
  readonly previous: string | null
  readonly operation: Edit
  /** It was made on an edit that had lost its place: the server has none for it either. */
  readonly seen?: string
}

/** An edit that took effect, as its author made it and as it was applied. */
interface Entry extends Said {
  readonly id: string
  readonly version: number
  readonly applied: { readonly operation: Edit } | null
}

interface Log {
  /** Nothing is known of what was before. */
  readonly floor: number
  readonly entries: readonly Entry[]
}

/** Of an empty text nobody is too late. */
const logOf = ({ beside, value }: Kept, newest: number): Log =>
  (beside as unknown as Log | undefined) ?? { floor: value === '' ? 0 : newest, entries: [] }

/**
 * Own edits that the version which the author saw did not have, and those that these in turn did not see there, oldest
 * first; undefined: one was never applied.
 */
const ownBefore = ({ entries }: Log, said: Said): readonly Entry[] | undefined => {
  const own: Entry[] = []
  for (let made = said; made.previous !== null;) {
    const { at, previous } = made
    const entry = entries.find(({ id }) => id === previous)
    if (entry === undefined) return undefined
    if (entry.version <= at) break
    own.unshift(entry)
    made = entry
  }
  return own
}

interface Moving {
  readonly at: number
  operation: Edit
}

/** The edit on the newest text: it is carried over all that others did since its author saw the text. */
const placed = (log: Log, said: Said): Edit | undefined => {
  const own = ownBefore(log, said)
  if (own === undefined) return undefined
  const start = Math.min(said.at, ...own.map(({ at }) => at))
  if (start < log.floor) return undefined
  const before = new Map<string, Moving>(own.map(({ id, at, operation }) => [id, { at, operation }]))
  const ownIds = new Set(before.keys())
  const moving: Moving = { at: said.at, operation: said.operation }
  for (const entry of log.entries) {
    if (entry.version <= start) continue
    if (ownIds.has(entry.id)) {
      before.delete(entry.id)
      continue
    }
    let other = entry.applied?.operation ?? entry.operation
    // Its author made the later ones when they had seen this one.
    for (const one of [...before.values(), moving]) {
      if (one.at >= entry.version) continue
      const moved = transformed(one.operation, other, 'right')
      other = transformed(other, one.operation, 'left')
      one.operation = moved
    }
  }
  return moving.operation
}

/** A plain run of operational transformation: each edit over all that was applied since, from the whole log. */
export const otText: Kind = {
  name: 'otText',
  empty: '',
  isLoose: true,
  after(kept, delta, { id, version }) {
    if (kept.value === unsaid) return kept
    const said = delta as unknown as Said
    if (said.at > version - 1) return 'never'
    const log = logOf(kept, version - 1)
    // Another copy of the device sent it: on this one it is shown twice, for a moment.
    if (log.entries.some((entry) => entry.id === id)) return { ...kept, value: unsaid }
    const operation = said.seen === undefined ? placed(log, said) : undefined
    if (operation === undefined) return 'missing'
    const before = typeof kept.value === 'string' ? kept.value : ''
    if (reachOf(operation) > Array.from(before).length) return 'beyond'
    const entry: Entry = { ...said, id, version, applied: { operation } }
    return {
      value: applied(before, operation),
      beside: { ...log, entries: [...log.entries, entry] } as unknown as Value,
    }
  },
  /** What was typed, wherever; nothing is deleted at a guess. */
  isShown: (delta) => {
    const { operation, seen } = delta as unknown as Said
    return seen !== undefined || operation.some((part) => typeof part === 'string')
  },
  toward() {
    throw new Error('No operation of the model writes a text.')
  },
}
