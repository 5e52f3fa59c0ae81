import type { Operation } from '../../model/operation.ts'
import type { Schema } from '../../model/schema.ts'
import { maxWaiting } from '../../protocol/push.ts'
import type { Store } from '../../storage/store.ts'
import { blockedRequests } from '../held.ts'
import { heldKey, heldPrefix, recordKey, riskKey, type RecordAddress } from '../keys.ts'
import { logHead, putHeldSent, putLogHead } from '../log.ts'
import { unmadeReferences } from '../references.ts'
import { freeze, startDraft, type BatchLimits } from './draft.ts'
import { openBatch, type Batch } from './open-batch.ts'
import { showRetimed } from './show-retimed.ts'
import { readUnits, type Unit } from './units.ts'

export interface HeldBatch extends Batch {
  /** Where the next one begins; undefined after the last. */
  readonly next: number | undefined
  /** Records of which an operation was passed over, here or before: later ones of them are too. */
  readonly skipped: ReadonlySet<string>
}

const isFresh = ([first]: Unit): boolean => first?.clientSeq === undefined

/**
 * Takes a batch of those that are held back, to try them again, from `after` on. Records that are `skipped` had
 * their turn and still wait: what builds on them does too.
 */
export const takeHeldBatch = (
  store: Store,
  schema: Schema,
  scope: string,
  {
    limits,
    after,
    skipped: before,
  }: {
    readonly limits: BatchLimits
    readonly after: number
    readonly skipped: ReadonlySet<string>
  },
): Promise<HeldBatch> =>
  store.update(async (workspace) => {
    const start = after === 0 ? undefined : heldKey(scope, after)
    const prefix = heldPrefix(scope)
    const held = await openBatch(workspace, scope, { scan: prefix, limit: limits.operations, after: start })
    const units = await readUnits(workspace, scope, { prefix, entries: held.entries })
    await workspace.read([
      ...units.flatMap((unit) => blockedRequests(schema, unit)),
      ...units.flat().map((operation) => ({ get: riskKey(operation) })),
    ])
    let head = logHead(workspace, scope)
    const draft = startDraft(limits)
    const retimed: Operation[] = []
    const skipped = new Set(before)
    // It waits for the app's word, or for a server that foresees it; another tab may have heard so only now.
    const waitsForWord = (unit: Unit): boolean =>
      unit.some((operation) => workspace.value(riskKey(operation)) !== undefined) ||
      (isFresh(unit) && head.foreseen?.due !== undefined)
    const buildsOn = (operation: Operation): readonly RecordAddress[] => [
      operation,
      ...unmadeReferences(workspace, schema, operation),
    ]
    let last = after
    for (const unit of units) {
      const isSkipped =
        waitsForWord(unit) ||
        unit.flatMap(buildsOn).some((record) => skipped.has(recordKey(record))) ||
        (isFresh(unit) && head.heldSent + unit.length > maxWaiting)
      if (!isSkipped && !draft.fits(unit)) break
      for (const operation of unit) {
        last = Math.max(last, operation.localSeq)
        if (isSkipped) {
          skipped.add(recordKey(operation))
          continue
        }
        const taken = freeze(operation, head)
        head = taken.isFresh ? { ...taken.head, heldSent: taken.head.heldSent + 1 } : taken.head
        if (taken.isFresh) putHeldSent(workspace, taken.operation)
        if (taken.operation.timestamp !== operation.timestamp) retimed.push(operation)
        draft.add(taken)
      }
    }
    await showRetimed(workspace, schema, scope, retimed)
    const next = units.length > 0 ? last : undefined
    if (draft.fresh() > 0) putLogHead(workspace, scope, head)
    const sent = new Set(draft.operations().map(({ clientSeq }) => clientSeq))
    const waiting = held.batch.waiting.filter((clientSeq) => !sent.has(clientSeq))
    return {
      ...held.batch,
      waiting,
      operations: draft.operations(),
      fresh: draft.fresh(),
      bytes: draft.bytes(),
      putAside: 0,
      next,
      skipped,
    }
  })
