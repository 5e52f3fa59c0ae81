import { SyncError, type FieldState, type FieldType, type Portable, type Wanted } from '@holdfast/core'
import type { SeededRandom } from '@holdfast/core/testing'

interface Insertion {
  readonly [key: string]: Portable
  readonly at: number
  readonly letter: string
}

interface LogDelta {
  readonly [key: string]: Portable
  /** The version that its author saw, and which operations above it are the author's own. */
  readonly base: number
  readonly own: readonly string[]
  readonly insertions: readonly Insertion[]
}

interface Entry {
  readonly version: number
  readonly id: string
  readonly insertions: readonly Insertion[]
}

const invalid = (reason: string): SyncError => new SyncError('INVALID', `No letters: ${reason}.`, { reason })

const entriesOf = ({ hidden }: FieldState): readonly Entry[] => (hidden ?? []) as unknown as readonly Entry[]
const textIn = (value: Portable | undefined): string => (typeof value === 'string' ? value : '')

const isInsertion = (value: unknown): value is Insertion => {
  const { at, letter } = (value ?? {}) as Readonly<Record<string, unknown>>
  return Number.isSafeInteger(at) && Number(at) >= 0 && typeof letter === 'string' && letter.length === 1
}

const toDelta = (delta: Portable): LogDelta => {
  const { base, own, insertions } = (delta ?? {}) as Readonly<Record<string, unknown>>
  if (!Number.isSafeInteger(base) || !Array.isArray(own) || !Array.isArray(insertions))
    throw invalid('no delta')
  if (!own.every((id) => typeof id === 'string') || !insertions.every(isInsertion)) throw invalid('no delta')
  return { base: Number(base), own, insertions }
}

const insert = (text: string, { at, letter }: Insertion): string =>
  text.slice(0, at) + letter + text.slice(at)

const startingWith = (before: string, after: string): readonly Insertion[] => {
  if (!after.startsWith(before)) throw invalid('letters can only be added at the end at once')
  return Array.from(after.slice(before.length), (letter, index) => ({ at: before.length + index, letter }))
}

/** Insertions that are moved by what came before them in the server's order: operational transformation at its simplest. */
export const orderedLog: FieldType<LogDelta> = {
  name: 'orderedLog',
  empty: { value: '' },
  prepare(state, wanted, { baseVersion }) {
    const text = textIn(state.value)
    const insertions =
      wanted.kind === 'set' && typeof wanted.value === 'string'
        ? startingWith(text, wanted.value)
        : wanted.kind === 'change' && isInsertion(wanted.input)
          ? [{ at: Math.min(wanted.input.at, text.length), letter: wanted.input.letter }]
          : undefined
    if (insertions === undefined) throw invalid('no change')
    const own = entriesOf(state).filter(({ version }) => version > baseVersion)
    return insertions.length === 0
      ? undefined
      : { base: baseVersion, own: own.map(({ id }) => id), insertions }
  },
  apply(state, delta, { operationId, version }) {
    const { base, own, insertions } = toDelta(delta)
    const unseen = entriesOf(state).filter((entry) => entry.version > base && !own.includes(entry.id))
    const moved = insertions.map(({ at, letter }) => {
      let place = at
      for (const { insertions: theirs } of unseen)
        for (const other of theirs) if (other.at <= place) place += 1
      return { at: Math.min(place, textIn(state.value).length + insertions.length), letter }
    })
    const hidden = [...entriesOf(state), { version, id: operationId, insertions: moved }]
    return { value: moved.reduce(insert, textIn(state.value)), hidden: hidden as unknown as Portable }
  },
  compose: ({ base, own, insertions }, second) => ({
    base,
    own,
    insertions: [...insertions, ...second.insertions],
  }),
  difference(before, after, { baseVersion }) {
    const known = entriesOf(before).length
    const insertions = entriesOf(after)
      .slice(known)
      .flatMap((entry) => entry.insertions)
    return insertions.length === 0 ? undefined : { base: baseVersion, own: [], insertions }
  },
}

export const letterWishes = (random: SeededRandom, value: Portable): Wanted => {
  const text = textIn(value)
  return random.chance(0.2)
    ? { kind: 'set', value: `${text}${random.pick(['x', 'yz', ''])}` }
    : { kind: 'change', input: { at: random.between(0, text.length), letter: random.pick(['a', 'b', 'c']) } }
}
