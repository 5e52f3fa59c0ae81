import type { Operation } from '../../model/operation.ts'
import { statusOfVerdict } from '../../model/operation.ts'
import type { BaseRow } from '../../model/record.ts'
import { isSameRow } from '../../model/same-row.ts'
import type { ResumeAnswer } from '../../protocol/resume.ts'
import { maxResumeIds } from '../../protocol/resume.ts'
import type { Entry } from '../../storage/contract.ts'
import type { Store } from '../../storage/store.ts'
import { operationEntry, recordEntry } from '../entries.ts'
import { donePrefix, logKey, lostKey, recordKey, stageKey } from '../keys.ts'
import { logHead } from '../log.ts'
import { covers } from '../swap.ts'
import { readOwned } from './owner.ts'

/** Asks the server for the fate of these operations, at most 100 at a time. */
export type AskFates = (
  ids: readonly string[],
) => Promise<Pick<ResumeAnswer, 'verdicts' | 'decided' | 'forgotBefore'>>

/**
 * Marks the operations that this device saw applied and that the server does not know as applied, portion by portion;
 * the snapshot has to be staged. Marking one twice is harmless. What was not applied stays as it is.
 *
 * A history is lost from some moment on, so where the server has a record exactly as this device last saw it, it has all
 * that led there; only others are asked about. A number below the watermark tells nothing: a copy may have gone on with it
 * since. But where verdicts of that age are forgotten, only a number above it says that the operation was lost.
 */
export const findLost = async (store: Store, scope: string, ask: AskFates): Promise<void> => {
  for (let after: string | undefined, isLast = false; !isLast;) {
    const { operations, last } = await readApplied(store, scope, after)
    isLast = last === undefined
    after = last
    const doubtful = await withoutKnown(store, operations)
    if (doubtful.length === 0) continue
    const { head } = await readOwned(store, scope)
    const isOwnNumber = head.clientId === undefined
    await markLost(store, scope, await lostOf(doubtful, isOwnNumber, ask))
  }
}

const withoutKnown = async (
  store: Store,
  operations: readonly Operation[],
): Promise<readonly Operation[]> => {
  const records = await store.read(operations.map((one) => ({ get: recordKey(one) })))
  const staged = await store.read(operations.map((one) => ({ get: stageKey(one) })))
  return operations.filter(({ fate }, index) => {
    const [before, now] = [baseOf(records[index]), baseOf(staged[index])]
    if (before === undefined || now === undefined || fate.kind !== 'applied') return true
    return !isSameRow(before, now) || fate.version > now.version
  })
}

const baseOf = (entry: Entry | undefined): BaseRow | undefined =>
  entry === undefined ? undefined : recordEntry.decode(entry.value).base

/** @param isOwnNumber the numbers are all of the client id that the scope still has */
const lostOf = async (
  doubtful: readonly Operation[],
  isOwnNumber: boolean,
  ask: AskFates,
): Promise<readonly Operation[]> => {
  const { verdicts, decided, forgotBefore = 0 } = await ask(doubtful.map(({ id }) => id))
  const isForgotten = ({ timestamp, clientSeq }: Operation): boolean =>
    timestamp < forgotBefore && !(isOwnNumber && !covers(decided, clientSeq))
  const applied = new Set(
    verdicts.flatMap(({ id, verdict }) =>
      verdict !== null && statusOfVerdict(verdict) === 'COMPLETED' ? [id] : [],
    ),
  )
  return doubtful.filter((one) => !applied.has(one.id) && !isForgotten(one))
}

interface Portion {
  readonly operations: readonly Operation[]
  /** Where to go on; undefined after the last. */
  readonly last: string | undefined
}

const readApplied = async (store: Store, scope: string, after: string | undefined): Promise<Portion> => {
  const [entries] = await store.read([{ scan: donePrefix(scope), after, limit: maxResumeIds }])
  const operations = entries.map(({ value }) => operationEntry.decode(value))
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
