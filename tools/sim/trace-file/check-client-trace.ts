import { z } from 'zod'
import type { ClientTrace, TracedEvent, TracedFigures } from './client-trace.ts'

/** The members of events that are held against each other; an event that lacks them is a finding by itself. */
const verdicts = z.array(z.object({ operationId: z.string(), kind: z.string() }))
const counts = z.record(z.string(), z.int().min(0))
const told = z.discriminatedUnion('type', [
  z.object({ type: z.literal('decided'), scope: z.string(), verdicts }),
  z.object({ type: z.literal('pushStarted'), batchId: z.string(), operations: z.int() }),
  z.object({ type: z.literal('pushed'), batchId: z.string(), operations: z.int(), results: counts }),
  z.object({ type: z.literal('swapped'), scope: z.string(), head: z.int() }),
  z.object({ type: z.enum(['resetStarted', 'forked', 'scopeLeft']), scope: z.string() }),
])

const known: ReadonlySet<string> = new Set([
  ...['decided', 'pushStarted', 'pushed', 'swapped'],
  ...['resetStarted', 'forked', 'scopeLeft'],
])

interface Seen {
  readonly verdicts: Map<string, { readonly kind: string; readonly scope: string }>
  readonly batches: Map<string, number>
  readonly heads: Map<string, number>
}

/**
 * Where an operation may stand after a verdict: answered, made again or retried, it is superseded. `SENT` besides: a verdict is
 * told before it is stored.
 */
const statusesAfter: Readonly<Record<string, readonly string[]>> = {
  applied: ['COMPLETED'],
  merged: ['COMPLETED'],
  conflict: ['CONFLICT', 'SUPERSEDED'],
  rebase: ['CONFLICT', 'SUPERSEDED', 'PENDING'],
  rejected: ['REJECTED', 'SUPERSEDED'],
  aborted: ['CONFLICT', 'REJECTED', 'SUPERSEDED'],
  cancelled: ['CANCELLED'],
  expired: ['EXPIRED'],
}

/**
 * Holds a client's events against each other, and against what the client said of itself: what can be known without a record's
 * values. A trace may begin anywhere, so nothing is missed of before.
 * @returns a sentence for each promise that is not kept
 */
export const checkClientTrace = ({ events, figures }: ClientTrace): readonly string[] => {
  const seen: Seen = { verdicts: new Map(), batches: new Map(), heads: new Map() }
  const first = events[0]?.at
  return [
    ...events.flatMap((event) => problemsOf(seen, event, first ?? 0)),
    ...fateProblems(seen, figures),
    ...queueProblems(figures),
  ]
}

const problemsOf = (seen: Seen, event: TracedEvent, first: number): readonly string[] => {
  if (!known.has(event.type)) return []
  const parsed = told.safeParse(event)
  const at = `${((event.at - first) / 1_000).toFixed(3)} s`
  if (!parsed.success) return [`${at}: ${event.type} lacks what it tells`]
  return eventProblems(seen, parsed.data).map((problem) => `${at}: ${problem}`)
}

const eventProblems = (seen: Seen, event: z.output<typeof told>): readonly string[] => {
  switch (event.type) {
    case 'decided':
      return event.verdicts.flatMap(({ operationId, kind }) => {
        const before = seen.verdicts.get(operationId)
        seen.verdicts.set(operationId, { kind, scope: event.scope })
        return before === undefined || before.kind === kind
          ? []
          : [`operation ${operationId} was ${before.kind} and is ${kind} now`]
      })
    case 'pushStarted':
      seen.batches.set(event.batchId, event.operations)
      return []
    case 'pushed': {
      const sum = Object.values(event.results).reduce((total, count) => total + count, 0)
      const left = seen.batches.get(event.batchId) ?? event.operations
      return [
        ...(left === event.operations
          ? []
          : [`batch ${event.batchId} left with ${left} operations and came back with ${event.operations}`]),
        ...(sum === event.operations
          ? []
          : [`batch ${event.batchId} of ${event.operations} operations has ${sum} results`]),
      ]
    }
    case 'swapped': {
      const before = seen.heads.get(event.scope) ?? 0
      seen.heads.set(event.scope, event.head)
      return event.head >= before
        ? []
        : [`the head of ${event.scope} went back from ${before} to ${event.head}`]
    }
    // The server's history is another one from here on.
    case 'resetStarted':
    case 'forked':
    case 'scopeLeft':
      seen.heads.delete(event.scope)
      for (const [id, { scope }] of seen.verdicts) if (scope === event.scope) seen.verdicts.delete(id)
      return []
  }
}

const fateProblems = (seen: Seen, { operations }: TracedFigures): readonly string[] =>
  operations.flatMap(({ id, status }) => {
    const verdict = seen.verdicts.get(id)?.kind
    const fits = status === 'SENT' || statusesAfter[verdict ?? '']?.includes(status) === true
    if (verdict === undefined || fits) return []
    return [`at the end: operation ${id} was decided ${verdict} and is ${status}`]
  })

const queueProblems = ({ queue, operations }: TracedFigures): readonly string[] => {
  const countOf = (wanted: string): number => operations.filter(({ status }) => status === wanted).length
  const [pending, sent] = [countOf('PENDING'), countOf('SENT')]
  return [
    ...(pending === queue.pending
      ? []
      : [`at the end: the queue counts ${queue.pending} pending operations and lists ${pending}`]),
    ...(sent === queue.sent
      ? []
      : [`at the end: the queue counts ${queue.sent} sent operations and lists ${sent}`]),
  ]
}
