import type { Operation } from '../../model/operation.ts'
import { statusOfVerdict } from '../../model/operation.ts'
import type { ResumeAnswer } from '../../protocol/resume.ts'
import { maxResumeIds } from '../../protocol/resume.ts'
import type { Store } from '../../storage/store.ts'
import { readOperations } from '../batch/units.ts'
import { operationEntry } from '../entries.ts'
import { donePrefix, logKey, lostKey, waitingPrefix } from '../keys.ts'
import { logHead } from '../log.ts'
import { covers } from '../swap.ts'
import { createWorkspace } from '../../storage/workspace.ts'

/** Asks the server for the fate of these operations, at most 100 at a time. */
export type AskFates = (ids: readonly string[]) => Promise<Pick<ResumeAnswer, 'verdicts' | 'decided'>>

/**
 * Marks the operations that this device saw applied and that the server does not know as applied, portion by portion.
 * Marking one twice is harmless. What was not applied stays as it is.
 *
 * A history is lost from some moment on. So a decided number tells also of operations that were decided earlier under
 * another client id of this device, whatever their numbers were.
 */
export const findLost = async (store: Store, scope: string, ask: AskFates): Promise<void> => {
  const { decided } = await ask([])
  for (const place of ['done', 'waiting'] as const) {
    for (let after: string | undefined, isLast = false; !isLast;) {
      const { operations, last } = await readApplied(store, scope, place, after)
      isLast = last === undefined
      after = last
      const doubtful = operations.filter(({ clientSeq }) => !covers(decided, clientSeq))
      if (doubtful.length > 0) await markLost(store, scope, await unknownOf(doubtful, ask))
    }
  }
}

const unknownOf = async (doubtful: readonly Operation[], ask: AskFates): Promise<readonly Operation[]> => {
  const { verdicts } = await ask(doubtful.map(({ id }) => id))
  const applied = new Set(
    verdicts.flatMap(({ id, verdict }) =>
      verdict !== null && statusOfVerdict(verdict) === 'COMPLETED' ? [id] : [],
    ),
  )
  return doubtful.filter(({ id }) => !applied.has(id))
}

interface Portion {
  readonly operations: readonly Operation[]
  /** Where to go on; undefined after the last. */
  readonly last: string | undefined
}

const readApplied = async (
  store: Store,
  scope: string,
  place: 'done' | 'waiting',
  after: string | undefined,
): Promise<Portion> => {
  const prefix = place === 'done' ? donePrefix(scope) : waitingPrefix(scope)
  const [entries] = await store.read([{ scan: prefix, after, limit: maxResumeIds }])
  const operations =
    place === 'done'
      ? entries.map(({ value }) => operationEntry.decode(value))
      : await readOperations(createWorkspace(store.read), scope, { prefix, entries })
  return {
    operations: operations.filter(({ status }) => status === 'COMPLETED'),
    last: entries.length < maxResumeIds ? undefined : entries.at(-1)?.key,
  }
}

const markLost = (store: Store, scope: string, lost: readonly Operation[]): Promise<void> =>
  store.update(async (workspace) => {
    await workspace.read([{ get: logKey(scope) }])
    // Of a scope that was left meanwhile nothing stays.
    const isOver = logHead(workspace, scope).resetting === undefined
    workspace.expect(logKey(scope))
    if (isOver) return
    for (const { localSeq, id } of lost) workspace.put(lostKey(scope, localSeq), id)
  })
