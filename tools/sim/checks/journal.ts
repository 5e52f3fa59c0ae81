import type { History } from '../model/history.ts'
import { createForesights } from './foresight.ts'
import { effectsOf, forget, keptIn } from './forgetting.ts'
import type { JournalParts } from './journal-parts.ts'
import {
  copyJournalState,
  createJournalState,
  createSentLog,
  type JournalState,
  type SentLog,
} from './journal-state.ts'
import type { Journal, JournalEvents, Surroundings } from './journal-world.ts'
import { saveCommit } from './save-commit.ts'
import { noteSent } from './sent-operations.ts'

export const createJournal = (
  events: JournalEvents,
  surroundings: Surroundings,
  log: SentLog = createSentLog(),
  state: JournalState = createJournalState(),
): Journal => {
  const { heads, decisions, histories, rows, slots } = state
  const arrivals = new Map<string, History>()
  const foresights = createForesights(events.onForeseen)
  const parts: JournalParts = { events, surroundings, log, state, foresights, arrivals }
  return {
    onSent: (clientId, operation) => noteSent(parts, clientId, operation),
    onCommit: (saved) => saved.forEach((changes) => saveCommit(parts, changes)),
    head: () => state.head,
    wasHead: (at) => heads.has(at),
    decision: (operationId) => decisions.get(operationId),
    wasReworded: (operationId) => log.reworded.has(operationId),
    wasSpent: (operationId) => log.emptied.has(operationId),
    rowAt: (key, upTo) => rows.get(key)?.findLast((row) => row.head <= upTo)?.row,
    changedBetween: (after, upTo) => changedBetween(state, after, upTo),
    rows: () => rows,
    fork: () => createJournal(events, surroundings, log, copyJournalState(state)),
    onForesight: (input, answer) => foresights.note(input, answer, (key) => histories.get(key)),
    historyOf: (key) => histories.get(key),
    onArrival: (key, history) => void arrivals.set(key, history),
    effects: () => effectsOf(state, log.sent),
    decidedOf: (clientId) => slots.get(clientId) ?? new Set(),
    firstVersion: () => state.prunedTo + 1,
    kept: () => keptIn(state),
    forgottenBefore: () => state.prunedBefore,
    onForgotten(forgotten) {
      forget(state, log, forgotten)
      forgotten.tombstones.forEach(foresights.forget)
    },
  }
}

const changedBetween = ({ feed }: JournalState, after: number, upTo: number): ReadonlySet<string> => {
  const first = feed.findLastIndex((entry) => entry.head <= after) + 1
  const keys = new Set<string>()
  for (let index = first; index < feed.length; index += 1) {
    const entry = feed[index]
    if (entry === undefined || entry.head > upTo) break
    keys.add(entry.key)
  }
  return keys
}
