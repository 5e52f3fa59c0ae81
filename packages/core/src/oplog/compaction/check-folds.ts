import { portableEquals } from '../../base/portable.ts'
import { SyncError } from '../../base/errors.ts'
import { decodePortable } from '../../base/codec.ts'
import { moveType } from '../../model/move-input.ts'
import type { Operation } from '../../model/operation.ts'
import { checkPayloadSize } from '../../model/record-size.ts'
import type { Fold } from '../../plugin/hooks.ts'

/** A fold whose operations were found, and may become one. */
export type CheckedFold =
  | {
      readonly kind: 'into'
      readonly survivor: Operation
      readonly merged: readonly Operation[]
      readonly type: string
      readonly payload: string
    }
  | { readonly kind: 'nothing'; readonly operations: readonly Operation[] }

const refuse = (reason: string): never => {
  throw new SyncError('INVALID', `Operations can't be folded like this: ${reason}.`, { reason })
}

/**
 * Folds lose nothing that matters: whoever made them.
 * @throws SyncError INVALID, TOO_LARGE
 */
export const checkFolds = (
  operations: readonly Operation[],
  folds: readonly Fold[],
): readonly CheckedFold[] => {
  const open = new Map(operations.map((operation) => [operation.id, operation]))
  const take = (id: string): Operation => {
    const operation = open.get(id) ?? refuse(`${id} is none of them, or is named twice`)
    open.delete(id)
    return operation
  }
  return folds.map((fold) => {
    if (fold.kind === 'nothing') {
      const taken = fold.operations.map(take)
      taken.forEach(checkFree)
      if (taken[0]?.type !== 'create' || taken.at(-1)?.type !== 'delete')
        refuse('nothing is left only of what begins with a creation and ends with a deletion')
      return { kind: 'nothing', operations: taken }
    }
    const survivor = take(fold.survivor)
    const merged = fold.merged.map(take)
    for (const operation of [survivor, ...merged]) {
      checkFree(operation)
      checkAlike(operation, survivor)
      if (operation.localSeq > survivor.localSeq) refuse('the newest one has to stay')
    }
    checkPayloadSize(fold.payload)
    return { kind: 'into', survivor, merged, type: fold.type, payload: fold.payload }
  })
}

const checkFree = ({ id, status, clientSeq, transaction, cancel, type }: Operation): void => {
  if (status !== 'PENDING' || clientSeq !== undefined) refuse(`${id} was sent, or is decided`)
  if (transaction !== undefined) refuse(`${id} belongs to a transaction`)
  if (cancel === true || type === moveType) refuse(`${id} moves, or is taken back`)
}

const checkAlike = (one: Operation, other: Operation): void => {
  if (one.baseVersion !== other.baseVersion) refuse('their authors saw different versions')
  if (one.opVersion !== other.opVersion) refuse('different versions of the schema wrote them')
  if (one.uncorrected !== other.uncorrected) refuse('their times are not by one clock')
  const [marks, others] = [one.marks, other.marks].map((text) =>
    text === undefined ? null : decodePortable(text),
  )
  if (!portableEquals(marks, others)) refuse('they have different marks')
}
