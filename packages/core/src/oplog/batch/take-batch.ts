import type { Operation } from '../../model/operation.ts'
import type { Schema } from '../../model/schema.ts'
import type { Store } from '../../storage/store.ts'
import { blockedRequests, hasRoomForHeld, hold, isBlocked } from '../held.ts'
import { queuePrefix } from '../keys.ts'
import { logHead, putLogHead, putSent } from '../log.ts'
import { freeze, startDraft, type BatchLimits } from './draft.ts'
import { openBatch, type Batch } from './open-batch.ts'
import { showRetimed } from './show-retimed.ts'
import { readUnits } from './units.ts'

/**
 * Takes the next batch: first whatever was sent before and is not decided, then new operations in the order
 * made. New ones get their `clientSeq` and are stored as SENT before the caller sends anything.
 */
export const takeBatch = (store: Store, schema: Schema, scope: string, limits: BatchLimits): Promise<Batch> =>
  store.update(async (workspace) => {
    const prefix = queuePrefix(scope)
    const queued = await openBatch(workspace, scope, { scan: prefix, limit: limits.operations })
    const units = await readUnits(workspace, scope, { prefix, entries: queued.entries })
    let head = logHead(workspace, scope)
    if (head.held > 0) await workspace.read(units.flatMap((unit) => blockedRequests(schema, unit)))
    const draft = startDraft(limits)
    const retimed: Operation[] = []
    let putAside = 0
    for (const unit of units) {
      if (head.held > 0 && isBlocked(workspace, schema, unit)) {
        if (!hasRoomForHeld(head, unit)) break
        for (const operation of unit) head = hold(workspace, head, operation)
        putAside += unit.length
        continue
      }
      if (!draft.fits(unit)) break
      for (const operation of unit) {
        const taken = freeze(operation, head)
        head = taken.head
        if (taken.isFresh) putSent(workspace, taken.operation)
        if (taken.operation.timestamp !== operation.timestamp) retimed.push(operation)
        draft.add(taken)
      }
    }
    await showRetimed(workspace, schema, scope, retimed)
    if (draft.fresh() > 0 || putAside > 0) putLogHead(workspace, scope, head)
    return {
      ...queued.batch,
      operations: draft.operations(),
      fresh: draft.fresh(),
      bytes: draft.bytes(),
      putAside,
    }
  })
