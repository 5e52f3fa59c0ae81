import { portableEquals } from '../../base/portable.ts'
import { SyncError } from '../../base/errors.ts'
import { decodePortable } from '../../base/codec.ts'
import { moveType } from '../../model/move-input.ts'
import type { Operation } from '../../model/operation.ts'
import { checkPayloadSize } from '../../model/record-size.ts'
import type { CompactableRecord, Fold } from '../../plugin/hooks.ts'

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

/** @throws SyncError INVALID */
export const refuseFold = (reason: string): never => {
  throw new SyncError('INVALID', `Operations can't be folded like this: ${reason}.`, { reason })
}

/**
 * Folds lose nothing that matters: whoever made them.
 * @throws SyncError INVALID, TOO_LARGE
 */
export const checkFolds = (
  { operations, isPrivate }: Pick<CompactableRecord, 'operations' | 'isPrivate'>,
  folds: readonly Fold[],
): readonly CheckedFold[] => {
  const open = new Map(operations.map((operation) => [operation.id, operation]))
  const take = (id: string): Operation => {
    const operation = open.get(id) ?? refuseFold(`${id} is none of them, or is named twice`)
    open.delete(id)
    return operation
  }
  return folds.map((fold) => {
    if (fold.kind === 'nothing') {
      const taken = fold.operations.map(take)
      taken.forEach(checkFree)
      if (taken[0]?.type !== 'create' || taken.at(-1)?.type !== 'delete')
        refuseFold('nothing is left only of what begins with a creation and ends with a deletion')
      if (!isPrivate) refuseFold('others may know of the record, or refer to it')
      return { kind: 'nothing', operations: taken }
    }
    const survivor = take(fold.survivor)
    const merged = fold.merged.map(take)
    for (const operation of [survivor, ...merged]) {
      checkFree(operation)
      checkAlike(operation, survivor)
      if (operation.localSeq > survivor.localSeq) refuseFold('the newest one has to stay')
    }
    checkType(fold.type, [...merged, survivor], isPrivate)
    checkPayloadSize(fold.payload)
    return { kind: 'into', survivor, merged, type: fold.type, payload: fold.payload }
  })
}

const checkFree = ({ id, status, clientSeq, transaction, cancel, type }: Operation): void => {
  if (status !== 'PENDING' || clientSeq !== undefined) refuseFold(`${id} was sent, or is decided`)
  if (transaction !== undefined) refuseFold(`${id} belongs to a transaction`)
  if (cancel === true || type === moveType) refuseFold(`${id} moves, or is taken back`)
}

const checkType = (type: string, members: readonly Operation[], isPrivate: boolean): void => {
  const isOf = (kind: string): boolean => members.some((operation) => operation.type === kind)
  // The edits before it may win over it.
  if (isOf('delete')) refuseFold('a deletion stays by itself')
  if (isOf('create') !== (type === 'create')) refuseFold('a creation stays one, and nothing else becomes one')
  if (type === 'create' && !isPrivate) refuseFold('others may know of the record, or refer to it')
}

const checkAlike = (one: Operation, other: Operation): void => {
  if (one.baseVersion !== other.baseVersion) refuseFold('their authors saw different versions')
  if (one.opVersion !== other.opVersion) refuseFold('different versions of the schema wrote them')
  if (one.uncorrected !== other.uncorrected) refuseFold('their times are not by one clock')
  const isOfOneLife =
    one.life?.lifetime === other.life?.lifetime && one.life?.isAnswer === other.life?.isAnswer
  if (!isOfOneLife) refuseFold('they have different lifetimes')
  const [marks, others] = [one.marks, other.marks].map((text) =>
    text === undefined ? null : decodePortable(text),
  )
  if (!portableEquals(marks, others)) refuseFold('they have different marks')
}
