import { merge, Subscription } from 'rxjs'
import type { Operation, QueueState } from '@holdfast/core'
import { button, h, keepRows } from '../dom.ts'
import { toBytesText, toFateText, toPayloadText, toQueueOrder, waitingBytes } from '../operation-text.ts'
import { readOn, type Panel, type PanelContext } from '../panel.ts'

const most = 200

const figure = (label: string, value: string): HTMLElement =>
  h('div', {}, h('dt', {}, label), h('dd', { 'data-figure': label }, value))

const figuresOf = (queue: QueueState): readonly HTMLElement[] => [
  figure('pending', String(queue.pending)),
  figure('sent', String(queue.sent)),
  figure('conflicts', String(queue.conflicts)),
  figure('dead letters', String(queue.deadLetters)),
  figure('level', queue.level),
]

/** What an operation is, as every panel shows it. */
export const operationLine = ({ type, collection, recordId, status }: Operation): readonly HTMLElement[] => [
  h('span', { class: 'chip' }, status),
  h('strong', {}, `${type} ${collection}`),
  h('span', { class: 'code soft' }, recordId),
]

export const fateLine = ({ fate }: Operation): HTMLElement => {
  const { text, tone } = toFateText(fate)
  return h('p', {}, h('span', { class: `chip ${tone}` }, fate.kind), ` ${text}`)
}

const operationRow = (operation: Operation, { client, act }: PanelContext): HTMLElement => {
  const isWaiting = operation.status === 'PENDING' || operation.status === 'SENT'
  const cancel = button('Cancel', { 'aria-label': `Cancel operation ${operation.id}` }, () =>
    act('The operation is taken back.', () => client.operations.cancel(operation.id)),
  )
  return h(
    'li',
    { 'data-operation': operation.id },
    h(
      'div',
      { class: 'line' },
      ...operationLine(operation),
      isWaiting ? h('span', { class: 'actions' }, cancel) : undefined,
    ),
    fateLine(operation),
    h(
      'details',
      {},
      h('summary', {}, `Operation ${operation.localSeq}`),
      h('p', { class: 'code soft' }, operation.id),
      h('pre', {}, toPayloadText(operation.payload)),
    ),
  )
}

/** The queue's figures, and every operation with its fate: those that wait first. */
export const queuePanel: Panel = {
  id: 'queue',
  title: 'Queue',
  mount(place, context) {
    const { client } = context
    const figures = h('dl', { class: 'figures' })
    const note = h('p', { class: 'soft' })
    const list = h('ul', { class: 'rows' })
    place.append(figures, note, list)
    const show = keepRows<Operation>(list, {
      keyOf: ({ id }) => id,
      signatureOf: ({ status, fate, payload }) => `${status} ${JSON.stringify(fate)} ${payload}`,
      render: (operation) => operationRow(operation, context),
    })
    const subscription = new Subscription()
    subscription.add(client.queue$.subscribe((queue) => figures.replaceChildren(...figuresOf(queue))))
    subscription.add(
      readOn(merge(client.queue$, client.events$), () => client.operations.list()).subscribe((operations) => {
        const shown = toQueueOrder(operations, most)
        show(shown)
        const rest = operations.length - shown.length
        note.textContent =
          operations.length === 0
            ? 'No operation is known.'
            : `${operations.length} operations are known${rest === 0 ? '' : `, ${rest} older ones are not shown`}; ` +
              `${toBytesText(waitingBytes(operations))} wait.`
      }),
    )
    return subscription
  },
}
