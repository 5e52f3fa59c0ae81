import type { ClientTrace, TracedEvent } from './client-trace.ts'

/** Members that stand elsewhere in the line. */
const placed: ReadonlySet<string> = new Set(['type', 'at', 'scope'])

const membersOf = (event: TracedEvent): string =>
  Object.entries(event)
    .filter(([member]) => !placed.has(member))
    .map(([member, value]) => `${member}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')

/** One line for each event, as the trace of a simulated world. */
export const clientTraceText = ({ events, figures }: ClientTrace): string => {
  const first = events[0]?.at ?? 0
  const lines = events.map((event) => {
    const seconds = ((event.at - first) / 1_000).toFixed(3).padStart(10)
    return `${seconds} ${(event.scope ?? '-').padEnd(12)} ${event.type.padEnd(16)} ${membersOf(event)}`.trimEnd()
  })
  const { state, queue, dropped, operations } = figures
  const end =
    `at the end: ${state}; ${queue.pending} pending, ${queue.sent} sent, ${queue.conflicts} conflicts, ` +
    `${queue.deadLetters} dead letters; ${operations.length} operations known`
  return [...(dropped === 0 ? [] : [`(${dropped} older events are not in the trace)`]), ...lines, end].join(
    '\n',
  )
}
