import type { SyncEvent } from '@holdfast/core'

export type Tone = 'plain' | 'good' | 'attention' | 'bad'

export interface EventText {
  /** The event's place in the list: a word. */
  readonly title: string
  readonly text: string
  readonly tone: Tone
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

const firstOfId = (id: string): string => (id.length > 13 ? `${id.slice(0, 13)}...` : id)

const countsOf = (counts: Readonly<Record<string, number | undefined>>): string =>
  Object.entries(counts)
    .map(([kind, count = 0]) => `${count} ${kind}`)
    .join(', ')

const plain = (title: string, text: string): EventText => ({ title, text, tone: 'plain' })
const good = (title: string, text: string): EventText => ({ title, text, tone: 'good' })
const attention = (title: string, text: string): EventText => ({ title, text, tone: 'attention' })
const bad = (title: string, text: string): EventText => ({ title, text, tone: 'bad' })

/** One line for each event, for people. */
export const toEventText = (event: SyncEvent): EventText => {
  switch (event.type) {
    case 'written':
      return plain('written', `${event.operation} ${event.collection} ${firstOfId(event.recordId)}`)
    case 'lookedAhead':
      return plain(
        'looked ahead',
        `${plural(event.records, 'record')}, risk ${event.conflictRisk}, ${event.held} held`,
      )
    case 'pushStarted':
      return plain('push', `${plural(event.operations, 'operation')}, ${plural(event.bytes, 'byte')} leave`)
    case 'pushed':
      return good('pushed', `${countsOf(event.results)} in ${Math.round(event.ms)} ms`)
    case 'compacted':
      return plain('compacted', `${event.folded} of ${plural(event.before, 'operation')} folded`)
    case 'expired':
      return attention('expired', plural(event.operations.length, 'operation'))
    case 'decided':
      return toDecidedText(event)
    case 'clockCorrected':
      return attention('clock', `this device's clock is off by ${Math.round(event.offset / 1_000)} s`)
    case 'madeAgain':
      return plain('made again', plural(event.operations.length, 'operation'))
    case 'pulled':
      return good(
        'pulled',
        `${plural(event.changes, 'change')} in ${plural(event.pages, 'page')}, ${Math.round(event.ms)} ms`,
      )
    case 'swapped':
      return plain('shown', `head ${event.head}, ${plural(event.changes, 'change')}`)
    case 'conflictOpened':
      return attention('conflict', `${event.collection} ${firstOfId(event.recordId)}`)
    case 'conflictResolved':
      return good('resolved', event.conflictId)
    case 'deadLettered':
      return bad('dead letter', `${event.code} ${firstOfId(event.operationId)}`)
    case 'stateChanged':
      return toStateText(event)
    case 'scopeJoined':
      return plain('scope joined', event.scope)
    case 'scopeLeft':
      return plain('scope left', event.scope)
    case 'discarded':
      return attention(
        'discarded',
        `${event.undecided} undecided, ${plural(event.conflicts, 'conflict')}, ${plural(event.deadLetters, 'dead letter')}`,
      )
    case 'forked':
      return attention('forked', `new client id ${firstOfId(event.clientId)}`)
    case 'resetStarted':
      return attention('reset', `fetched anew: ${event.reason}`)
    case 'resetFinished':
      return good('reset done', `head ${event.head}, ${event.requeued} sent again`)
    case 'notSentAgain':
      return bad('lost', `${plural(event.operations, 'operation')} can't be sent again`)
    case 'dropped':
      return attention('dropped', `${plural(event.operations.length, 'operation')} made room`)
    case 'liveEnded':
      return attention('live ended', event.error.message)
    case 'localDataLost':
      return bad('data lost', `the database of client ${firstOfId(event.clientId)} is gone`)
    case 'problem':
      return bad('problem', `${event.error.code}: ${event.error.message}`)
  }
}

const toDecidedText = ({ verdicts }: Extract<SyncEvent, { readonly type: 'decided' }>): EventText => {
  const counts: Record<string, number> = {}
  for (const { kind } of verdicts) counts[kind] = (counts[kind] ?? 0) + 1
  const tone =
    'rejected' in counts || 'aborted' in counts ? 'bad' : 'conflict' in counts ? 'attention' : 'good'
  return { title: 'decided', text: verdicts.length === 0 ? 'nothing' : countsOf(counts), tone }
}

const toStateText = ({ state }: Extract<SyncEvent, { readonly type: 'stateChanged' }>): EventText => {
  const text = state.status === 'syncing' ? `${state.status}, ${state.phase}` : state.status
  return { title: 'state', text, tone: state.status === 'blocked' ? 'bad' : 'plain' }
}
