import type { Changes } from '@holdfast/server'
import type { WireOperation } from '@holdfast/core/protocol'
import { recordName, type UnitRuling } from '../model/unit.ts'
import type { JournalEvents } from './journal-world.ts'
import type { Decision, Effect, Forgotten, JournalState, Kept, SentLog } from './journal-state.ts'
import { broken, must } from './violation.ts'

/** By the rows and decisions of the model: what the server still has, unless it forgets it now. */
export const keptIn = ({ rows, histories, decisions }: JournalState): Kept => ({
  tombstones: [...histories].flatMap(([key, { deleted }]) => {
    const row = deleted ? rows.get(key)?.at(-1)?.row : undefined
    return row === undefined ? [] : [{ collection: row.collection, id: row.id }]
  }),
  operations: [...decisions].flatMap(([id, { isForgotten }]) => (isForgotten === true ? [] : [id])),
})

/** When a batch was stored, and what came in it once more. */
export const noteStored = (
  { storedAt, resentAt }: JournalState,
  { head, resends }: Pick<Changes, 'head' | 'resends'>,
  at: number,
): void => {
  if (head !== undefined) storedAt.push({ head: head.head, at })
  for (const { operationId } of resends) resentAt.set(operationId, at)
}

/**
 * The server forgets what only those need who were last here before a moment, all of that, and nothing else [RT1, RT6].
 * @throws Violation
 */
export const forget = (
  state: JournalState,
  log: Pick<SentLog, 'sent' | 'emptied'>,
  { before, isLast, tombstones, operations }: Forgotten,
): void => {
  const { storedAt, histories, rows, decisions, gone } = state
  for (const { head, at } of storedAt) if (at < before) state.prunedTo = Math.max(state.prunedTo, head)
  state.prunedBefore = Math.max(state.prunedBefore, before)
  const seqOf = (key: string): number => rows.get(key)?.at(-1)?.row.seq ?? 0
  const mayGo = (key: string): boolean =>
    histories.get(key)?.deleted === true &&
    seqOf(key) <= state.prunedTo &&
    // What came from another scope may have a higher version than any new record here.
    (histories.get(key)?.version ?? 0) <= state.prunedTo
  for (const key of tombstones) {
    must(mayGo(key), 'convergent', () => `${key} of ${seqOf(key)} was forgotten, up to ${state.prunedTo}`)
    gone.set(key, { seq: seqOf(key), version: histories.get(key)?.version ?? 0 })
    histories.delete(key)
  }
  const isOver = watermarkIn(state, before)
  for (const id of operations) {
    const decision = decisions.get(id)
    const told = (): string =>
      `the verdict on ${id} was forgotten too early: ${JSON.stringify(decision)}, before ${before}`
    if (decision === undefined || !isOver(id, decision)) return broken('exactly once', told())
    decisions.set(id, { ...decision, isForgotten: true })
  }
  forgetFailed(state, log)
  if (!isLast) return
  const left = [...histories.keys()].find(mayGo)
  must(left === undefined, 'bounded', () => `${left} is not forgotten, up to ${state.prunedTo}`)
  const kept = [...decisions].find(([id, decision]) => decision.isForgotten !== true && isOver(id, decision))
  must(kept === undefined, 'bounded', () => `the verdict on ${kept?.[0]} is not forgotten, before ${before}`)
}

/**
 * Of what a backup brought back after its verdict was forgotten the server has given two: whoever heard of the first keeps that
 * ("A backup that is restored elsewhere later than the server remembers", docs/gaps.md).
 */
export const noteDecided = ({ decisions, doubled }: JournalState, id: string, decision: Decision): void => {
  const earlier = doubled.has(id) ? decisions.get(id) : undefined
  decisions.set(id, earlier === undefined ? decision : { ...decision, earlier })
}

/** Whether nobody who was here since can need a verdict. */
const watermarkIn = (
  { slots, resentAt }: JournalState,
  before: number,
): ((id: string, decision: Decision) => boolean) => {
  const marks = new Map<string, number>()
  for (const [clientId, taken] of slots) {
    let mark = 0
    while (taken.has(mark + 1)) mark += 1
    marks.set(clientId, mark)
  }
  return (id, { at, clientId, clientSeq }) =>
    at < before && clientSeq <= (marks.get(clientId) ?? 0) && (resentAt.get(id) ?? 0) < before
}

/** Whose verdict is forgotten is no cause of anything any more. */
const forgetFailed = (
  { failedCreates, decisions }: JournalState,
  { sent, emptied }: Pick<SentLog, 'sent' | 'emptied'>,
): void => {
  for (const [name, id] of failedCreates) {
    if (decisions.get(id)?.isForgotten !== true) continue
    failedCreates.delete(name)
    const earlier = [...decisions].findLast(([other, { clientId, seq, isForgotten }]) => {
      const operation = sent.get(other)
      const isKept = seq === undefined && isForgotten !== true && !emptied.has(other)
      return isKept && operation?.type === 'create' && `${clientId} ${recordName(operation)}` === name
    })
    if (earlier !== undefined) failedCreates.set(name, earlier[0])
  }
}

/**
 * An operation is decided on a record that is not there: it never comes back by an old one, and is known as another one.
 * @throws Violation
 */
export const checkGone = (
  { gone, histories }: JournalState,
  operation: WireOperation,
  ruling: UnitRuling,
  { onAnew, onForgotten }: Pick<JournalEvents, 'onAnew' | 'onForgotten'>,
): void => {
  const key = recordName(operation)
  const before = gone.get(key)
  if (before === undefined || histories.has(key)) return
  if (!('history' in ruling)) return onForgotten()
  onAnew()
  const { version } = ruling
  const isNew = operation.type === 'create' && version > before.version
  must(isNew, 'causal', () => `${operation.type} made ${key} anew as ${version}, it was ${before.version}`)
}

/** All that took effect, in its order; of a record that was forgotten nothing goes on, and none has two effects. */
export const effectsOf = (
  { decisions, gone, doubled }: JournalState,
  sent: SentLog['sent'],
): readonly Effect[] => {
  const nameOf = (id: string): string => {
    const operation = sent.get(id)
    return operation === undefined ? '' : recordName(operation)
  }
  const apart = new Set([...doubled].map(nameOf))
  return [...decisions]
    .flatMap(([id, decision]): readonly Effect[] => {
      const operation = decision.seq === undefined ? undefined : sent.get(id)
      if (operation === undefined || apart.has(nameOf(id))) return []
      const isGone = (decision.seq ?? 0) <= (gone.get(nameOf(id))?.seq ?? 0)
      return isGone ? [] : [{ operation, decision }]
    })
    .sort((left, right) => (left.decision.seq ?? 0) - (right.decision.seq ?? 0))
}
