import type { Operation, QueueState, SyncEvent, SyncState } from '@holdfast/core'

/**
 * A client's events in the JSON object form of the Trace Event Format, as the simulation writes its worlds: for
 * ui.perfetto.dev, and for `pnpm sim --trace FILE`. Ids, codes and counts, no value of a record.
 */
export interface TraceDocument {
  readonly traceEvents: readonly TraceEvent[]
  readonly displayTimeUnit: 'ms'
  readonly otherData: {
    readonly kind: 'holdfast client trace'
    readonly format: '1'
    /** `Figures` as JSON: the format takes texts only. */
    readonly figures: string
  }
}

export interface TraceEvent {
  readonly ph: 'M' | 'i' | 'X'
  readonly name: string
  readonly cat?: string
  readonly pid: number
  readonly tid: number
  /** Microseconds. */
  readonly ts?: number
  readonly dur?: number
  readonly s?: 't'
  readonly args: Readonly<Record<string, unknown>>
}

/** What the client said of itself when the trace was made. */
export interface Figures {
  readonly state: SyncState['status']
  readonly queue: Pick<QueueState, 'pending' | 'sent' | 'conflicts' | 'deadLetters'>
  /** Events that were told before the first one of the trace, and are not in it. */
  readonly dropped: number
  readonly operations: readonly TracedOperation[]
}

type TracedOperation = Pick<Operation, 'id' | 'scope' | 'collection' | 'recordId' | 'type' | 'status'>

export interface TraceInput {
  readonly events: readonly SyncEvent[]
  readonly dropped: number
  readonly state: SyncState
  readonly queue: QueueState
  readonly operations: readonly Operation[]
}

export const toTrace = ({ events, dropped, state, queue, operations }: TraceInput): TraceDocument => {
  const threads = [...new Set(events.map(scopeOf))]
  const figures: Figures = {
    state: state.status,
    queue: {
      pending: queue.pending,
      sent: queue.sent,
      conflicts: queue.conflicts,
      deadLetters: queue.deadLetters,
    },
    dropped,
    operations: operations.map(({ id, scope, collection, recordId, type, status }) => ({
      ...{ id, scope, collection, recordId, type, status },
    })),
  }
  return {
    traceEvents: [
      { ph: 'M', name: 'process_name', pid: 1, tid: 0, args: { name: 'client' } },
      ...threads.map((name, index) => ({
        ...({ ph: 'M', name: 'thread_name', pid: 1 } as const),
        tid: index + 1,
        args: { name },
      })),
      ...events.map((event) => toTraceEvent(event, threads.indexOf(scopeOf(event)) + 1)),
    ],
    displayTimeUnit: 'ms',
    otherData: { kind: 'holdfast client trace', format: '1', figures: JSON.stringify(figures) },
  }
}

/** What is of no scope alone has a thread of its own. */
const scopeOf = (event: SyncEvent): string => ('scope' in event ? event.scope : 'client')

const toTraceEvent = (event: SyncEvent, tid: number): TraceEvent => {
  const ts = Math.round(event.at * 1_000)
  const common = { name: event.type, cat: 'sync', pid: 1, tid, args: { event: withoutErrors(event) } }
  if (event.type !== 'pushed' && event.type !== 'pulled') return { ph: 'i', s: 't', ts, ...common }
  const dur = Math.max(1, Math.round(event.ms * 1_000))
  return { ph: 'X', ts: ts - dur, dur, ...common }
}

/** Of an error its code: a message may quote what a person wrote. */
const withoutErrors = (event: SyncEvent): unknown =>
  JSON.parse(
    JSON.stringify(event, (name, value: unknown) =>
      name === 'error' && value instanceof Error ? { code: 'code' in value ? value.code : '' } : value,
    ),
  ) as unknown
