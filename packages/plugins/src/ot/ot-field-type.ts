import {
  SyncError,
  type Applying,
  type FieldState,
  type FieldType,
  type Maker,
  type Portable,
} from '@holdfast/core'
import { fingerprint } from '../text/hash.ts'
import {
  appliedOf,
  isOnGuess,
  withApplied,
  type Entry,
  type History,
  type OtDelta,
  type OtDeltaOnGuess,
  type Placed,
} from './history.ts'
import { placeAsFirst, placeOperation } from './place.ts'
import type { OtField } from './ot-type.ts'

const invalid = (reason: string): SyncError =>
  new SyncError('INVALID', `This is no delta of an OT field: ${reason}.`, { reason })

const isObject = (value: Portable | undefined): value is { readonly [key: string]: Portable } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

const isVersion = (value: Portable | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

const toDelta = (value: Portable): OtDelta | OtDeltaOnGuess => {
  const { at, previous, operation, seen } = isObject(value) ? value : {}
  if (!isVersion(at)) throw invalid('it names no version')
  if (previous !== null && typeof previous !== 'string') throw invalid('it names no operation')
  if (operation === undefined) throw invalid('it has no operation')
  if (seen !== undefined && typeof seen !== 'string') throw invalid('what it was made on has no name')
  return { at, previous, operation, ...(seen === undefined ? {} : { seen }) }
}

/** @param floor where there is no history yet: from which version on nothing has happened to the field */
const historyOf = ({ hidden }: FieldState, floor: number): History =>
  isObject(hidden) ? (hidden as History) : { floor, absent: true, entries: [] }

const documentOf = (type: OtField, state: FieldState): Portable | undefined =>
  state.value === null && historyOf(state, 0).absent ? type.create() : state.value

const fingerprintOf = (document: Portable | undefined): string =>
  fingerprint(JSON.stringify(document ?? null))

const toState = (document: Portable | undefined, history: History): FieldState => ({
  value: document ?? null,
  hidden: { ...history, absent: document === undefined },
})

export interface OtFieldType<TName extends string> extends FieldType<OtDelta> {
  readonly name: TName
}

/** @param keep how many operations are remembered, to place others by */
export const createOtFieldType = <TName extends string>(
  name: TName,
  type: OtField,
  keep: number,
): OtFieldType<TName> => {
  /** Own operations that are not decided yet lie on top of the version that is seen. */
  const pendingOf = (state: FieldState, baseVersion: number): readonly Entry[] =>
    historyOf(state, baseVersion).entries.filter(({ version }) => version > baseVersion)

  const toOwnDelta = (state: FieldState, operation: Portable, { baseVersion }: Maker): OtDelta => {
    const pending = pendingOf(state, baseVersion)
    const delta = { at: baseVersion, previous: pending.at(-1)?.id ?? null, operation }
    return pending.some(({ between }) => between === 'guessed')
      ? { ...delta, seen: fingerprintOf(documentOf(type, state)) }
      : delta
  }

  const empty: FieldState = { value: type.create() ?? null }

  /**
   * A field without history that is empty was never written, so it was empty before too. (If it belongs to a record that was
   * created anew, what was made on its forerunner finds nothing to delete.) On a device it is as its author saw it.
   * Otherwise it was a plain field, and nothing is known of who wrote it when.
   */
  const historyFor = (state: FieldState, { at }: OtDelta, { version, replaying }: Applying): History => {
    const newest = version - 1
    if (state.value === empty.value) return historyOf(state, empty.value === null ? Math.min(at, newest) : 0)
    return historyOf(state, replaying ? Math.min(at, newest) : newest)
  }

  /** Where its place is not known a device shows what it can. */
  const place = (state: FieldState, delta: OtDelta, applying: Applying): Placed => {
    if (applying.replaying && isOnGuess(delta) && delta.seen === fingerprintOf(documentOf(type, state)))
      return { operation: type.read(delta.operation), between: 'guessed' }
    try {
      return placeOperation(type, historyFor(state, delta, applying), delta, applying.version - 1)
    } catch (error) {
      const shown = applying.replaying
        ? type.salvage(documentOf(type, state), type.read(delta.operation))
        : undefined
      if (shown === undefined) throw error
      return { operation: shown, between: 'guessed' }
    }
  }

  const dropped = (state: FieldState, value: Portable, applying: Applying): Portable | undefined => {
    try {
      const delta = toDelta(value)
      const first = placeAsFirst(type, historyFor(state, delta, applying), delta, applying.version - 1)
      return first === undefined ? undefined : (type.apply(documentOf(type, state), first) ?? null)
    } catch {
      // It is applied all the same; only nobody can be told what it would have been.
      return undefined
    }
  }

  return {
    name,
    empty,
    prepare(state, wanted, maker) {
      if (wanted.kind === 'change') return toOwnDelta(state, type.read(wanted.input), maker)
      const operation = type.difference(documentOf(type, state), wanted.value)
      return operation === undefined ? undefined : toOwnDelta(state, operation, maker)
    },
    apply(state, value, applying) {
      const delta = toDelta(value)
      const placed = place(state, delta, applying)
      const history = historyFor(state, delta, applying)
      const known = withApplied(history, delta, { applying, placed, keep })
      return toState(type.apply(documentOf(type, state), placed.operation), known)
    },
    ...(type.collides && { dropped }),
    ignoresTime: true,
    compose: (first, second) =>
      // One that was made again may follow another one without building on it; and what was made on a guess of the first
      // does not fit the first as its author made it.
      first.at === second.at &&
      second.previous !== null &&
      isOnGuess(first) === isOnGuess(second) &&
      type.isOne?.(first.operation, second.operation) !== false
        ? { ...first, operation: type.compose(first.operation, second.operation) }
        : undefined,
    difference(before, after, maker) {
      const { baseVersion } = maker
      // On a record that begins anew own operations would not find what they were made on; of very many own operations
      // the first are not remembered.
      const isWhole = before.hidden !== undefined && historyOf(after, baseVersion).floor <= baseVersion
      const [first, ...others] = isWhole ? pendingOf(after, baseVersion).map(appliedOf) : []
      const steps =
        first === undefined ? undefined : others.reduce((sum, next) => type.compose(sum, next), first)
      const operation = steps ?? type.difference(documentOf(type, before), documentOf(type, after))
      return operation === undefined ? undefined : { at: baseVersion, previous: null, operation }
    },
  }
}
