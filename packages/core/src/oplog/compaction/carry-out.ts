import type { Operation } from '../../model/operation.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { operationEntry } from '../entries.ts'
import { operationKey } from '../keys.ts'
import { putDone } from '../log.ts'
import type { CheckedFold } from './check-folds.ts'
import { goneBy } from './named-by-others.ts'

/**
 * The newest one stays, in its place, and stands for all; the others are done.
 * @returns how many operations are no longer in the queue
 */
export const carryOut = (workspace: Workspace, folds: readonly CheckedFold[]): number => {
  let folded = 0
  for (const fold of folds) {
    const gone = goneBy(fold)
    for (const operation of gone) putDone(workspace, ended(operation, fold))
    if (fold.kind === 'into')
      workspace.put(operationKey(fold.survivor), operationEntry.encode(standingForAll(fold)))
    folded += gone.length
  }
  return folded
}

const ended = (operation: Operation, fold: CheckedFold): Operation =>
  fold.kind === 'into'
    ? { ...operation, status: 'SUPERSEDED', fate: { kind: 'superseded', by: fold.survivor.id } }
    : { ...operation, status: 'CANCELLED', fate: { kind: 'cancelled' } }

const standingForAll = ({
  survivor,
  merged,
  type,
  payload,
}: Extract<CheckedFold, { readonly kind: 'into' }>): Operation => {
  const fields = [...new Set([survivor, ...merged].flatMap((one) => one.fields))].sort()
  return { ...survivor, type, payload, fields, isFolded: true }
}
