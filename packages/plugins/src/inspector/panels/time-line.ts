import type { SyncEvent } from '@holdfast/core'
import { h, keepRows, timeOf } from '../dom.ts'
import { toEventText } from '../event-text.ts'
import type { Panel } from '../panel.ts'

const most = 200

interface Numbered {
  readonly number: number
  readonly event: SyncEvent
}

const eventRow = ({ event }: Numbered): HTMLElement => {
  const { title, text, tone } = toEventText(event)
  return h(
    'li',
    { 'data-event': event.type },
    timeOf(event.at),
    h('span', {}, h('span', { class: `chip ${tone}` }, title)),
    h('span', { class: 'text' }, text),
  )
}

/** What happened, newest first. */
export const timeLinePanel: Panel = {
  id: 'time-line',
  title: 'Time line',
  mount(place, { model$ }) {
    const note = h('p', { class: 'soft', 'data-figure': 'events' })
    const list = h('ol', { class: 'events', reversed: true })
    place.append(note, list)
    const show = keepRows<Numbered>(list, {
      keyOf: ({ number }) => String(number),
      signatureOf: ({ number }) => String(number),
      render: eventRow,
    })
    return model$.subscribe(({ events, dropped }) => {
      const all = events.map((event, index) => ({ number: dropped + index, event }))
      const shown = all.slice(-most).toReversed()
      const heard = dropped + events.length
      note.textContent =
        heard === 0
          ? 'Nothing happened since the inspector listens.'
          : `${heard} events were heard${heard > shown.length ? `; the newest ${shown.length} are shown` : ''}.`
      show(shown)
    })
  },
}
