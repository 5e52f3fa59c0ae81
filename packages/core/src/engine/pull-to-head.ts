import { SyncError, hasCode, type ResetReason } from '../base/errors.ts'
import { cursorKey } from '../oplog/keys.ts'
import { keepsNumbers } from '../oplog/recovery/kinds.ts'
import { isOutdated } from '../oplog/staging/drop.ts'
import type { Staged } from '../oplog/staging/entry.ts'
import { readPullPlace, stagePage, type PullPlace, type StagedPage } from '../oplog/staging/stage-page.ts'
import type { NewHead } from '../oplog/swap.ts'
import { onRefused } from './recovery/on-refused.ts'
import { beginRefetch, search, showRefetched, sweep, tellReset } from './recovery/reset-steps.ts'
import type { Change, PullAnswer } from '../protocol/pull.ts'
import type { SnapshotAnswer, SnapshotRow } from '../protocol/snapshot.ts'
import type { Verdict } from '../protocol/verdict.ts'
import { protocolVersion } from '../protocol/version.ts'
import type { CycleContext } from './cycle-context.ts'
import { mayFetchWhole } from './fetch-deferred.ts'
import { patiently } from './patiently.ts'
import { serverTimeNow } from './server-time.ts'
import { prepareChanges, swapIn } from './show-head.ts'
import { dropStaged, foldStaged } from './tidy-staging.ts'

/** How often in one run another tab may get in the way. */
const mostMisses = 20

/** One call of `pullToHead`, and what it has got so far. */
interface Pulling {
  readonly context: CycleContext
  readonly signal: AbortSignal
  readonly start: number
  /** What the server has just told this run. */
  readonly heard: ReadonlyMap<string, Verdict>
  pages: number
  changes: number
}

/**
 * Shows a head that is no older than this call. A single page is swapped in by one commit; more than that is staged
 * page by page, then flipped. Each step begins with what is stored, so any tab goes on where any other one stopped.
 * @throws SyncError STORAGE_CONFLICT where other tabs swap in heads all the time
 */
export const pullToHead = async (
  context: CycleContext,
  signal: AbortSignal,
  heard: ReadonlyMap<string, Verdict> = new Map(),
): Promise<void> => {
  const start = context.environment.clock.monotonic()
  const pulling: Pulling = { context, signal, start, heard, pages: 0, changes: 0 }
  for (let misses = 0; misses < mostMisses;) {
    const place = await readPullPlace(context.store, context.scope)
    signal.throwIfAborted()
    const step = await takeStep(pulling, place)
    if (step === 'shown') return
    if (step === 'missed') misses += 1
  }
  const message = 'Other tabs keep pulling at the same time; it will be tried again.'
  throw new SyncError('STORAGE_CONFLICT', message, { key: cursorKey(context.scope) })
}

/** `overtaken`: another tab stored the same page first, so all goes on. `missed`: what was fetched is of no use. */
type Step = 'shown' | 'staged' | 'overtaken' | 'missed'

const takeStep = async (pulling: Pulling, place: PullPlace): Promise<Step> => {
  const { context, signal } = pulling
  const { staging } = place
  if (staging.kind === 'idle')
    return place.resetting === undefined
      ? firstPage(pulling, place)
      : refetch(pulling, { ...place, resetting: place.resetting })
  if (staging.kind === 'drop' || isOutdated(staging, place.cursorRevision)) {
    await dropStaged(context, signal)
    return 'missed'
  }
  try {
    return await nextPage(pulling, { ...place, staging })
  } catch (error) {
    // The server can't go on from its own token. What is shown does not hang on it: begin anew, from the cursor.
    if (!hasCode(error, 'RESET_REQUIRED')) throw error
    context.onProblem(error)
    await dropStaged(context, signal, staging.generation)
    return 'missed'
  }
}

/** The scope is fetched anew: the cursor and what is shown count for nothing. */
const refetch = async (
  pulling: Pulling,
  place: PullPlace & { readonly resetting: ResetReason },
): Promise<Step> => {
  const { context, signal } = pulling
  mayFetchWhole(context)
  await beginRefetch(context, place.resetting, signal)
  await foldStaged(context, place, signal)
  const begun = await readPullPlace(context.store, context.scope)
  return begun.resetting === place.resetting && begun.staging.kind === 'idle'
    ? stageSnapshot(pulling, begun, undefined)
    : 'overtaken'
}

const firstPage = async (pulling: Pulling, place: PullPlace): Promise<Step> => {
  const { context, signal } = pulling
  const { cursorRevision } = place
  const { answer, serverTime } = await askPull(pulling, place, place.cursor).catch((error: unknown) =>
    onRefused(context, { cursorRevision }, error),
  )
  if (!answer.hasMore) {
    context.onProgress({ phase: 'pull', done: answer.changes.length, total: undefined })
    return showHead(pulling, place, { ...answer, cursorRevision: place.cursorRevision }, serverTime)
  }
  await foldStaged(context, place, signal)
  return place.cursor === ''
    ? stageSnapshot(pulling, place, undefined)
    : stage(pulling, place, toStagedPage(answer))
}

const nextPage = async (pulling: Pulling, place: PullPlace & { readonly staging: Staged }): Promise<Step> => {
  const { context, signal } = pulling
  const { staging, cursorRevision } = place
  switch (staging.kind) {
    case 'snapshot':
      return stageSnapshot(pulling, place, staging.pageToken)
    case 'search':
      return (await search(context, place, staging.cursor, signal)) ? 'staged' : 'overtaken'
    case 'sweep':
      return (await sweep(context, place)) ? 'staged' : 'overtaken'
    case 'pull':
  }
  const { answer, serverTime } = await askPull(pulling, place, staging.cursor)
  if (answer.hasMore) return stage(pulling, place, toStagedPage(answer))

  const isNews = answer.changes.length > 0 || answer.cursor !== staging.cursor
  if (isNews && (await stage(pulling, place, toStagedPage(answer))) === 'overtaken') return 'overtaken'
  const newHead = { ...answer, changes: [], cursorRevision, generation: staging.generation }
  if (place.resetting === undefined) return showHead(pulling, place, newHead, serverTime)
  if (keepsNumbers(place.resetting)) {
    const step = await showHead(pulling, place, newHead, serverTime)
    if (step === 'shown') tellReset(context, newHead.head)
    return step
  }
  return (await showRefetched(context, newHead, serverTime)) ? 'shown' : 'missed'
}

/** All pages are here. */
const showHead = async (
  pulling: Pulling,
  { clientId }: PullPlace,
  newHead: NewHead,
  serverTime: number,
): Promise<Step> => {
  const { context, signal, start, pages, changes } = pulling
  const ms = context.environment.clock.monotonic() - start
  context.tell(() => ({ type: 'pulled', scope: context.scope, changes, pages, ms }))
  const verdicts = { verdicts: new Map(pulling.heard), undecided: new Set<string>() }
  const isShown = await swapIn(context, { ...verdicts, newHead, serverTime, clientId }, signal)
  return isShown ? 'shown' : 'missed'
}

const askPull = async (
  pulling: Pulling,
  { clientId }: PullPlace,
  cursor: string,
): Promise<{ readonly answer: PullAnswer; readonly serverTime: number }> => {
  const { context, signal } = pulling
  const { scope, transport, pageLimit, environment, onPhase, schema } = context
  onPhase('pull')
  let asked = 0
  const schemaVersion = schema.version
  const input = { protocol: protocolVersion, schemaVersion, clientId, scope, cursor, limit: pageLimit }
  const answer = await patiently(context, signal, () => {
    asked = environment.clock.monotonic()
    return transport.pull(input, { signal })
  })
  signal.throwIfAborted()
  count(pulling, answer.changes)
  return { answer, serverTime: serverTimeNow(environment.clock, asked, answer.serverTime) }
}

const count = (pulling: Pulling, changes: readonly unknown[]): void => {
  pulling.pages += 1
  pulling.changes += changes.length
}

const toStagedPage = ({ changes, cursor }: PullAnswer): StagedPage => ({
  changes,
  next: { kind: 'pull', cursor },
})

const stageSnapshot = async (
  pulling: Pulling,
  place: PullPlace,
  pageToken: string | undefined,
): Promise<Step> => {
  const { context, signal } = pulling
  const { scope, transport, pageLimit, onPhase, schema } = context
  mayFetchWhole(context)
  onPhase('snapshot')
  const named = { protocol: protocolVersion, schemaVersion: schema.version, clientId: place.clientId }
  const input = { ...named, scope, limit: pageLimit }
  const asked = pageToken === undefined ? input : { ...input, pageToken }
  const answer = await patiently(context, signal, () => transport.snapshot(asked, { signal }))
  signal.throwIfAborted()
  count(pulling, answer.rows)
  const changes = answer.rows.map((row: SnapshotRow): Change => ({ ...row, kind: 'record' }))
  return stage(pulling, place, { changes, next: afterSnapshot(answer, place) }, answer.total)
}

/** The cursor of the beginning: what happened while the device paged is told once more. */
const afterSnapshot = (
  { pageToken, cursor }: SnapshotAnswer,
  { resetting }: PullPlace,
): StagedPage['next'] => {
  if (pageToken !== undefined) return { kind: 'snapshot', pageToken }
  if (resetting === undefined) return { kind: 'pull', cursor }
  return keepsNumbers(resetting) ? { kind: 'sweep', cursor, after: '' } : { kind: 'search', cursor }
}

const stage = async (
  { context, signal }: Pulling,
  place: PullPlace,
  page: StagedPage,
  total?: number,
): Promise<Step> => {
  const changes = await prepareChanges(context, page.changes)
  signal.throwIfAborted()
  const staged = await stagePage(context.store, context.scope, place, { ...page, changes })
  if (staged === undefined) return 'overtaken'
  const phase = page.next.kind === 'snapshot' || page.next.kind === 'pull' ? page.next.kind : 'snapshot'
  const { rows } = staged
  // Others may have made more since it was counted.
  context.onProgress({ phase, done: rows, total: total === undefined ? undefined : Math.max(total, rows) })
  return 'staged'
}
