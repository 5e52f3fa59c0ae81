import type { Change } from '../protocol/pull.ts'
import type { Entry } from '../storage/contract.ts'
import { encodePortable } from '../base/codec.ts'
import { recordEntry } from '../oplog/entries.ts'
import { recordAddressOf } from '../oplog/keys.ts'
import { dropSome, isOutdated } from '../oplog/staging/drop.ts'
import { foldSome, type Portion } from '../oplog/staging/fold.ts'
import { readPullPlace, type PullPlace } from '../oplog/staging/stage-page.ts'
import type { Store } from '../storage/store.ts'
import type { CycleContext } from './cycle-context.ts'
import { takingTurns } from './turns.ts'

/** Finishes what was flipped, and removes what was outdated, whoever began it. */
export const tidyStaging = async (context: CycleContext, signal: AbortSignal): Promise<void> => {
  const place = await readPullPlace(context.store, context.scope)
  if (isOutdated(place.staging, place.cursorRevision)) await dropStaged(context, signal)
  await foldStaged(context, place, signal)
}

/** True where something is left to be tidied. */
export const hasRest = async (store: Store, scope: string): Promise<boolean> => {
  const { staging, cursorRevision, folding } = await readPullPlace(store, scope)
  return folding !== undefined || isOutdated(staging, cursorRevision)
}

/** Removes a generation that leads on from another cursor, or this one in any case. */
export const dropStaged = (context: CycleContext, signal: AbortSignal, unwanted?: number): Promise<void> =>
  inPortions(context, signal, (most) => dropSome(context.store, context.scope, { most, unwanted }))

/** Gives all staged rows that count already their final place. */
export const foldStaged = async (
  context: CycleContext,
  { staging, folding }: PullPlace,
  signal: AbortSignal,
): Promise<void> => {
  if (folding === undefined) return
  const total = staging.kind === 'idle' ? staging.rows : undefined
  let done = 0
  await inPortions(context, signal, async (most) => {
    const portion = await foldOne(context, most)
    done += portion.rows.length
    context.onProgress({ phase: 'fold', done, total })
    return portion
  })
}

/** For whoever has other things to do as well: one bounded commit. */
export const foldPortion = async (context: CycleContext): Promise<void> => {
  await foldOne(context, Math.min(firstPortion, context.pageLimit))
}

const foldOne = async (
  { store, schema, scope, hooks, onProblem }: CycleContext,
  most: number,
): Promise<Portion> => {
  const portion = await foldSome(store, schema, scope, most)
  if (hooks.has('afterApplyRemote') && portion.rows.length > 0) {
    for (const failure of await hooks.observe('afterApplyRemote', portion.rows.flatMap(toChange)))
      onProblem(failure)
  }
  return portion
}

const firstPortion = 64
/** Characters of rows that one commit should move. */
const portionSize = 400_000
const inPortions = async (
  { environment, pageLimit }: CycleContext,
  signal: AbortSignal,
  step: (most: number) => Promise<Portion>,
): Promise<void> => {
  let most = Math.min(firstPortion, pageLimit)
  const giveTurn = takingTurns(environment)
  for (;;) {
    signal.throwIfAborted()
    const { rows, isLast } = await step(most)
    if (isLast) return
    most = Math.max(1, Math.min(pageLimit, fitting(rows)))
    await giveTurn()
  }
}

/** How many rows like these a portion may have. */
const fitting = (rows: readonly Entry[]): number => {
  const size = rows.reduce((sum, { value }) => sum + value.length, 1)
  return Math.floor((portionSize * rows.length) / size)
}

const toChange = ({ key, value }: Entry): readonly Change[] => {
  const address = recordAddressOf(key)
  const { base } = recordEntry.decode(value)
  if (address === undefined) return []
  const { collection, recordId: id } = address
  // A reset found that the server has no such record.
  if (base === undefined)
    return [{ collection, id, kind: 'deleted', version: 0, seq: 0, updatedBy: '', updatedAt: 0 }]
  const { version, seq, updatedBy, updatedAt, deleted, data } = base
  const head = { collection, id, version, seq, updatedBy, updatedAt }
  return [deleted ? { ...head, kind: 'deleted' } : { ...head, kind: 'record', data: encodePortable(data) }]
}
