import type { SyncState } from '@holdfast/core'
import { h, svg } from '../dom.ts'
import { plural } from '../event-text.ts'

type Status = SyncState['status']

interface Place {
  readonly status: Status
  readonly x: number
  readonly y: number
}

const hub: Place = { status: 'syncing', x: 190, y: 105 }

/** Every run begins and ends in one of these. */
const rim: readonly Place[] = [
  { status: 'stopped', x: 64, y: 28 },
  { status: 'offline', x: 64, y: 105 },
  { status: 'waiting', x: 64, y: 182 },
  { status: 'metered', x: 190, y: 182 },
  { status: 'synced', x: 316, y: 28 },
  { status: 'attention', x: 316, y: 105 },
  { status: 'blocked', x: 316, y: 182 },
]

const [width, height] = [96, 30]

const drawNode = ({ status, x, y }: Place, current: Status): SVGElement =>
  svg(
    'g',
    { class: status === current ? 'current' : undefined, 'data-status': status },
    svg('rect', {
      class: 'node',
      x: x - width / 2,
      y: y - height / 2,
      width,
      height,
      rx: height / 2,
    }),
    svg('text', { x, y }, status),
  )

/** A run leads from each state through `syncing`; the way that was taken last is drawn stronger. */
const drawEdge = (place: Place, current: Status, before: Status | undefined): SVGElement => {
  const ends = [current, before]
  const isTaken = ends.includes(place.status) && ends.includes(hub.status)
  return svg('line', {
    class: isTaken ? 'edge taken' : 'edge',
    x1: place.x + Math.sign(hub.x - place.x) * (width / 2),
    y1: place.y,
    x2: hub.x - Math.sign(hub.x - place.x) * (width / 2),
    y2: hub.y,
  })
}

/** All states, with the current one marked; a picture for who sees, a sentence for who does not. */
export const drawStateMachine = (current: Status, before: Status | undefined): SVGElement =>
  svg(
    'svg',
    {
      class: 'machine',
      viewBox: '0 0 380 210',
      role: 'img',
      'aria-label': `State machine: the client is ${current}${before === undefined ? '' : `, and was ${before} before`}.`,
    },
    ...rim.map((place) => drawEdge(place, current, before)),
    ...[hub, ...rim].map((place) => drawNode(place, current)),
  )

/** What a state carries, in words. */
export const describeState = (state: SyncState): HTMLElement => {
  const line = (...texts: readonly string[]): HTMLElement => h('p', {}, texts.join(' '))
  const clock = (at: number): string => new Date(at).toLocaleTimeString('en-GB', { hour12: false })
  switch (state.status) {
    case 'stopped':
      return line('Not started, or paused by the app. Local reads and writes go on.')
    case 'offline':
      return line('No network. Local reads and writes go on.')
    case 'metered':
      return line(
        `The network is metered (${state.reason}).`,
        state.waits === 'everything'
          ? 'Nothing is sent or fetched.'
          : 'What is written is sent, and nothing else fetched.',
      )
    case 'syncing':
      return line(`A run is under way: ${state.phase}.`)
    case 'waiting':
      return line(
        `${state.error.code}: ${state.error.message}`,
        `Attempt ${state.attempt + 1} starts at ${clock(state.retryAt)}.`,
      )
    case 'synced':
      return line(
        `The queue is empty, and the pull that ended at ${clock(state.at)} was complete.`,
        `${plural(state.conflicts, 'conflict')} and ${plural(state.deadLetters, 'dead letter')} wait for a person.`,
      )
    case 'attention':
      return line(`Operations on ${plural(state.total, 'record')} wait for the app's word.`)
    case 'blocked':
      return line(`Only the app can help: ${state.error.code}: ${state.error.message}`)
  }
}
