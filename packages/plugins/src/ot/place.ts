import { SyncError, type Portable } from '@holdfast/core'
import { appliedOf, isOnGuess, type Entry, type History, type OtDelta, type Placed } from './history.ts'
import type { OtField, OtSide } from './ot-type.ts'

const tooOld = (): SyncError =>
  new SyncError('MISSING_DEPENDENCY', 'What this builds on is no longer known; it is made again.', {})

const fromTheFuture = (): SyncError =>
  new SyncError('INVALID', 'This builds on a version that never was.', { reason: 'unknown version' })

/** Own operations that an operation builds on, oldest first. */
interface Chain {
  readonly entries: readonly Entry[]
  /** False: what the first of them builds on is not remembered, or was not applied. */
  readonly isWhole: boolean
}

/** Those that the version which the author saw did not have, and what these build on in turn. */
const chainOf = ({ entries }: History, delta: OtDelta): Chain => {
  const byId = new Map(entries.map((entry) => [entry.id, entry]))
  const chain: Entry[] = []
  let builder = delta
  while (builder.previous !== null) {
    const entry = byId.get(builder.previous)
    if (entry === undefined) return { entries: chain, isWhole: false }
    if (entry.version <= builder.at) break
    chain.unshift(entry)
    builder = entry
  }
  return { entries: chain, isWhole: true }
}

/** A version of the document, and what leads to it from what the author of an operation saw. */
interface Ground {
  readonly version: number
  readonly between: readonly Portable[]
}

/**
 * The shortest way: from the author's last operation on, if it is known what lay between there. So nobody runs out of
 * history by what they write themselves.
 */
const groundOf = (history: History, delta: OtDelta, chain: Chain): Ground | undefined => {
  const last = chain.entries.at(-1)
  if (last === undefined) return chain.isWhole ? { version: delta.at, between: [] } : undefined
  const { version, at, between } = last
  if (typeof between !== 'string' && (between.length === 0 || at === delta.at)) return { version, between }
  const own = new Set(chain.entries.map(({ id }) => id))
  const isAlone =
    history.floor <= delta.at &&
    chain.entries.every((entry) => entry.between !== 'guessed') &&
    history.entries.every(
      (entry) => entry.version <= delta.at || entry.version > version || own.has(entry.id),
    )
  return isAlone ? { version, between: [] } : undefined
}

interface Moving {
  readonly at: number
  readonly side: OtSide
  operation: Portable
  /** It wrote where another one wrote. */
  collided: boolean
}

const toMoving = ({ at, operation }: Pick<Entry, 'at' | 'operation'>, side: OtSide = 'right'): Moving => ({
  at,
  operation,
  side,
  collided: false,
})

/** Carries each operation over what somebody else did, oldest first; returns what that comes to after all of them. */
const carry = (type: OtField, moving: readonly Moving[], other: Portable): Portable =>
  moving.reduce((carried, one) => {
    // Nobody asks those that stand to the right.
    if (one.side === 'left') one.collided ||= type.collides?.(one.operation, carried) ?? false
    const moved = type.transform(one.operation, carried, one.side)
    const next = type.transform(carried, one.operation, one.side === 'right' ? 'left' : 'right')
    one.operation = moved
    return next
  }, other)

const placeOn = (type: OtField, history: History, own: Moving, { version, between }: Ground): Placed => {
  const since = history.entries.filter((entry) => entry.version > version).map(appliedOf)
  const carried = [...between, ...since].map((other) => carry(type, [own], other))
  return { operation: own.operation, between: carried }
}

/** Over all that was applied since the first operation of the chain was made. */
const placeOnChain = (type: OtField, history: History, own: Moving, chain: readonly Entry[]): Placed => {
  const start = Math.min(own.at, ...chain.map(({ at }) => at))
  if (start < history.floor) throw tooOld()
  const before = new Map(chain.map((entry) => [entry.id, toMoving(entry)]))
  const chained = new Set(before.keys())
  const between: Portable[] = []
  for (const entry of history.entries) {
    const { id, version } = entry
    if (version <= start) continue
    if (chained.has(id)) {
      before.delete(id)
      continue
    }
    // Its author made it only later, and had seen this one.
    const moving = [...before.values(), own].filter(({ at }) => at < version)
    const carried = carry(type, moving, appliedOf(entry))
    if (own.at < version) between.push(carried)
  }
  return { operation: own.operation, between }
}

/**
 * The operation as it has to be applied on the newest document. It is carried through all that was applied since its
 * author saw the record: over each operation of somebody else, and that one in turn over the author's own operations
 * that come before this one, so that it meets them where they are. What came first to the server stands to the left.
 * @param newest the version of the newest document
 * @throws SyncError MISSING_DEPENDENCY (the history does not reach back so far, or an operation that it builds on was
 * not applied), INVALID
 */
export const placeOperation = (type: OtField, history: History, delta: OtDelta, newest: number): Placed =>
  placeMoving(type, { history, delta, newest }, toMoving(delta))

/**
 * The operation as if it had come first: wherever it wrote the same place as another one, it stands. Undefined: it nowhere did.
 * @throws SyncError as `placeOperation`
 */
export const placeAsFirst = (
  type: OtField,
  history: History,
  delta: OtDelta,
  newest: number,
): Portable | undefined => {
  const own = toMoving(delta, 'left')
  const { operation } = placeMoving(type, { history, delta, newest }, own)
  return own.collided ? operation : undefined
}

interface Place {
  readonly history: History
  readonly delta: OtDelta
  readonly newest: number
}

const placeMoving = (type: OtField, { history, delta, newest }: Place, own: Moving): Placed => {
  if (delta.at > newest) throw fromTheFuture()
  if (isOnGuess(delta)) throw tooOld()
  const chain = chainOf(history, delta)
  own.operation = type.read(delta.operation)
  const ground = groundOf(history, delta, chain)
  if (ground !== undefined) {
    if (ground.version < history.floor) throw tooOld()
    return placeOn(type, history, own, ground)
  }
  if (!chain.isWhole) throw tooOld()
  return placeOnChain(type, history, own, chain.entries)
}
