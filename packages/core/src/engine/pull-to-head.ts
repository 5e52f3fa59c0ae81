import { SyncError, hasCode } from '../base/errors.ts'
import { cursorKey } from '../oplog/keys.ts'
import { isOutdated } from '../oplog/staging/drop.ts'
import type { Staged } from '../oplog/staging/entry.ts'
import { readPullPlace, stagePage, type PullPlace, type StagedPage } from '../oplog/staging/stage-page.ts'
import type { Change, PullAnswer } from '../protocol/pull.ts'
import type { SnapshotAnswer, SnapshotRow } from '../protocol/snapshot.ts'
import { protocolVersion } from '../protocol/version.ts'
import type { CycleContext } from './cycle-context.ts'
import { serverTimeNow } from './server-time.ts'
import { prepareChanges, swapIn } from './show-head.ts'
import { dropStaged, foldStaged } from './tidy-staging.ts'

/** How often in one run another tab may get in the way. */
const mostMisses = 20

/**
 * Shows a head that is no older than this call. A single page is swapped in by one commit; more than that is staged
 * page by page, then flipped. Each step begins with what is stored, so any tab goes on where any other one stopped.
 * @throws SyncError STORAGE_CONFLICT where other tabs swap in heads all the time
 */
export const pullToHead = async (context: CycleContext, signal: AbortSignal): Promise<void> => {
  for (let misses = 0; misses < mostMisses;) {
    const place = await readPullPlace(context.store, context.scope)
    signal.throwIfAborted()
    const step = await takeStep(context, place, signal)
    if (step === 'shown') return
    if (step === 'missed') misses += 1
  }
  const message = 'Other tabs keep pulling at the same time; it will be tried again.'
  throw new SyncError('STORAGE_CONFLICT', message, { key: cursorKey(context.scope) })
}

/** `overtaken`: another tab stored the same page first, so all goes on. `missed`: what was fetched is of no use. */
type Step = 'shown' | 'staged' | 'overtaken' | 'missed'

const takeStep = async (context: CycleContext, place: PullPlace, signal: AbortSignal): Promise<Step> => {
  const { staging } = place
  if (staging.kind === 'idle') return firstPage(context, place, signal)
  if (staging.kind === 'drop' || isOutdated(staging, place.cursorRevision)) {
    await dropStaged(context, signal)
    return 'missed'
  }
  try {
    return await nextPage(context, { ...place, staging }, signal)
  } catch (error) {
    // The server can't go on from its own token. What is shown does not hang on it: begin anew, from the cursor.
    if (!hasCode(error, 'RESET_REQUIRED')) throw error
    context.onProblem(error)
    await dropStaged(context, signal, staging.generation)
    return 'missed'
  }
}

const firstPage = async (context: CycleContext, place: PullPlace, signal: AbortSignal): Promise<Step> => {
  context.onPhase('pull')
  const { answer, serverTime } = await askPull(context, place.cursor, signal)
  if (!answer.hasMore) {
    const newHead = { ...answer, cursorRevision: place.cursorRevision }
    return (await swapIn(context, { verdicts: new Map(), newHead, serverTime }, signal)) ? 'shown' : 'missed'
  }
  await foldStaged(context, place, signal)
  return place.cursor === ''
    ? stageSnapshot(context, place, undefined, signal)
    : stagePull(context, place, answer, signal)
}

const nextPage = async (
  context: CycleContext,
  place: PullPlace & { readonly staging: Staged },
  signal: AbortSignal,
): Promise<Step> => {
  const { staging } = place
  if (staging.kind === 'snapshot') return stageSnapshot(context, place, staging.pageToken, signal)
  context.onPhase('pull')
  const { answer, serverTime } = await askPull(context, staging.cursor, signal)
  if (answer.hasMore) return stagePull(context, place, answer, signal)

  const isNews = answer.changes.length > 0 || answer.cursor !== staging.cursor
  if (isNews && (await stagePull(context, place, answer, signal)) === 'overtaken') return 'overtaken'
  const { generation } = staging
  const newHead = { ...answer, changes: [], cursorRevision: place.cursorRevision, generation }
  if (!(await swapIn(context, { verdicts: new Map(), newHead, serverTime }, signal))) return 'missed'
  return 'shown'
}

const askPull = async (
  { scope, clientId, transport, pageLimit, environment }: CycleContext,
  cursor: string,
  signal: AbortSignal,
): Promise<{ readonly answer: PullAnswer; readonly serverTime: number }> => {
  const asked = environment.clock.now()
  const input = { protocol: protocolVersion, clientId, scope, cursor, limit: pageLimit }
  const answer = await transport.pull(input, { signal })
  signal.throwIfAborted()
  return { answer, serverTime: serverTimeNow(environment.clock, asked, answer.serverTime) }
}

const stagePull = (
  context: CycleContext,
  place: PullPlace,
  { changes, cursor }: PullAnswer,
  signal: AbortSignal,
): Promise<Step> => stage(context, place, { changes, next: { kind: 'pull', cursor } }, signal)

const stageSnapshot = async (
  context: CycleContext,
  place: PullPlace,
  pageToken: string | undefined,
  signal: AbortSignal,
): Promise<Step> => {
  const { scope, clientId, transport, pageLimit } = context
  context.onPhase('snapshot')
  const input = { protocol: protocolVersion, clientId, scope, limit: pageLimit }
  const answer = await transport.snapshot(pageToken === undefined ? input : { ...input, pageToken }, {
    signal,
  })
  signal.throwIfAborted()
  const changes = answer.rows.map((row: SnapshotRow): Change => ({ ...row, kind: 'record' }))
  return stage(context, place, { changes, next: afterSnapshot(answer) }, signal)
}

/** The cursor of the beginning: what happened while the device paged is told once more. */
const afterSnapshot = ({ pageToken, cursor }: SnapshotAnswer): StagedPage['next'] =>
  pageToken === undefined ? { kind: 'pull', cursor } : { kind: 'snapshot', pageToken }

const stage = async (
  context: CycleContext,
  place: PullPlace,
  page: StagedPage,
  signal: AbortSignal,
): Promise<Step> => {
  const changes = await prepareChanges(context, page.changes)
  signal.throwIfAborted()
  const staged = await stagePage(context.store, context.scope, place, { ...page, changes })
  if (staged === undefined) return 'overtaken'
  const phase = page.next.kind
  context.onProgress({ phase, done: staged.rows, total: undefined })
  return 'staged'
}
