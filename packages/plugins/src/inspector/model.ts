import type { SyncEvent } from '@holdfast/core'

/** What the inspector knows by listening: the newest events, and counts of all of them. */
export interface InspectorModel {
  /** Oldest first. */
  readonly events: readonly SyncEvent[]
  /** So many older ones were let go of; they are counted. */
  readonly dropped: number
  readonly counters: Counters
}

/** Sums over everything that was heard. */
export interface Counters {
  readonly written: number
  readonly batches: number
  /** Of batches that left; once more for each time. */
  readonly sentBytes: number
  /** Of batches that were answered. */
  readonly answeredBytes: number
  readonly answered: number
  readonly pulls: number
  readonly pages: number
  readonly changes: number
  readonly verdicts: Readonly<Record<string, number>>
  readonly conflictsOpened: number
  readonly conflictsResolved: number
  readonly deadLettered: number
  readonly folded: number
  readonly expired: number
  readonly resets: number
  readonly problems: number
}

const noCounters: Counters = {
  written: 0,
  batches: 0,
  sentBytes: 0,
  answeredBytes: 0,
  answered: 0,
  pulls: 0,
  pages: 0,
  changes: 0,
  verdicts: {},
  conflictsOpened: 0,
  conflictsResolved: 0,
  deadLettered: 0,
  folded: 0,
  expired: 0,
  resets: 0,
  problems: 0,
}

export const emptyModel: InspectorModel = { events: [], dropped: 0, counters: noCounters }

const defaultMost = 1_000

/** @param most so many events are kept */
export const addEvent = (
  { events, dropped, counters }: InspectorModel,
  event: SyncEvent,
  most: number = defaultMost,
): InspectorModel => {
  const over = Math.max(0, events.length + 1 - most)
  return {
    events: [...events.slice(over), event],
    dropped: dropped + over,
    counters: count(counters, event),
  }
}

const count = (counters: Counters, event: SyncEvent): Counters => {
  switch (event.type) {
    case 'written':
      return { ...counters, written: counters.written + 1 }
    case 'pushStarted':
      return {
        ...counters,
        batches: counters.batches + 1,
        sentBytes: counters.sentBytes + event.bytes,
      }
    case 'pushed':
      return {
        ...counters,
        answered: counters.answered + 1,
        answeredBytes: counters.answeredBytes + event.bytes,
      }
    case 'pulled':
      return {
        ...counters,
        pulls: counters.pulls + 1,
        pages: counters.pages + event.pages,
        changes: counters.changes + event.changes,
      }
    case 'decided':
      return { ...counters, verdicts: addVerdicts(counters.verdicts, event.verdicts) }
    case 'conflictOpened':
      return { ...counters, conflictsOpened: counters.conflictsOpened + 1 }
    case 'conflictResolved':
      return { ...counters, conflictsResolved: counters.conflictsResolved + 1 }
    case 'deadLettered':
      return { ...counters, deadLettered: counters.deadLettered + 1 }
    case 'compacted':
      return { ...counters, folded: counters.folded + event.folded }
    case 'expired':
      return { ...counters, expired: counters.expired + event.operations.length }
    case 'resetStarted':
      return { ...counters, resets: counters.resets + 1 }
    case 'problem':
      return { ...counters, problems: counters.problems + 1 }
    default:
      return counters
  }
}

const addVerdicts = (
  counts: Counters['verdicts'],
  verdicts: readonly { readonly kind: string }[],
): Counters['verdicts'] => {
  const sums: Record<string, number> = { ...counts }
  for (const { kind } of verdicts) sums[kind] = (sums[kind] ?? 0) + 1
  return sums
}
