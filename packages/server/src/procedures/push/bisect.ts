import type { SyncError } from '@holdfast/core'
import type { Before, Waiting } from '../../apply/batch.ts'
import type { ReadOperation } from '../../apply/read-operation.ts'
import { toUnits, type Unit } from '../../apply/units.ts'
import { recordKey } from '../../store/record-key.ts'

export interface Committing<TCommitted extends { readonly before: Before }> {
  /** One transaction over these operations, which refuses them where a reason is given. */
  readonly commit: (
    operations: readonly ReadOperation[],
    before: Before,
    refusal?: SyncError,
  ) => Promise<TCommitted>
  /** Why the operation is refused that failed so by itself; undefined: it may do another time. */
  readonly refusalIn: (error: unknown) => SyncError | undefined
  /** True for failures that an operation may have caused. */
  readonly isSuspect: (error: unknown) => boolean
  /** Told once for each operation that can't be stored by itself. */
  readonly onFailed: (operation: ReadOperation, error: unknown) => Waiting
}

export interface Bisected<TCommitted> {
  /** In the order of the commits; never empty. */
  readonly committed: readonly TCommitted[]
  /** Operations that no transaction could store: they wait. */
  readonly failed: ReadonlyMap<number, Waiting>
}

/** What the batch comes to. */
export interface Request {
  readonly operations: readonly ReadOperation[]
  /** Numbers that count as present although they are not in the batch. */
  readonly waiting: readonly number[]
}

/** After so many failing transactions the rest of the batch waits: it is not one bad operation. */
const maxFailures = 40

/**
 * Commits a batch at once, or, when the database fails on it, in halves of halves, in order, so that one bad
 * operation can't fail its strangers; a transaction is never split. Operations of a failed one's record wait with it.
 * @throws what `commit` throws, when the database fails on an empty batch too
 */
export const commitBisected = async <TCommitted extends { readonly before: Before }>(
  { operations, waiting }: Request,
  { commit, isSuspect, refusalIn, onFailed }: Committing<TCommitted>,
): Promise<Bisected<TCommitted>> => {
  const committed: TCommitted[] = []
  const failed = new Map<number, Waiting>()
  let before: Before = { passed: new Set(waiting), waiting: new Map() }
  let failures = 0
  let last: Waiting | undefined

  const fail = (operation: ReadOperation, reason: Waiting): void => {
    failed.set(operation.index, reason)
    if (operation.kind === 'unreadable') return
    before = {
      passed: new Set([...before.passed, operation.clientSeq]),
      waiting:
        operation.kind === 'sent' ? new Map([[keyOf(operation), reason], ...before.waiting]) : before.waiting,
    }
  }

  const attempt = async (units: readonly Unit[]): Promise<void> => {
    const part = units.flat()
    const [only] = part
    if (only === undefined) return
    if (failures >= maxFailures && last !== undefined) {
      for (const operation of part) fail(operation, last)
      return
    }
    try {
      const done = await commit(part, before)
      committed.push(done)
      before = done.before
    } catch (error) {
      if (!isSuspect(error)) throw error
      failures += 1
      if (failures === 1) committed.push(await commit([], before))
      if (units.length === 1) {
        const refusal = refusalIn(error)
        if (refusal !== undefined) {
          const done = await commit(part, before, refusal)
          committed.push(done)
          before = done.before
          return
        }
        last = onFailed(only, error)
        for (const operation of part) fail(operation, last)
        return
      }
      const middle = Math.ceil(units.length / 2)
      await attempt(units.slice(0, middle))
      await attempt(units.slice(middle))
    }
  }

  if (operations.length === 0) committed.push(await commit([], before))
  else await attempt(toUnits(operations))
  return { committed, failed }
}

const keyOf = ({ operation }: Extract<ReadOperation, { kind: 'sent' }>): string =>
  recordKey({ collection: operation.collection, id: operation.recordId })
