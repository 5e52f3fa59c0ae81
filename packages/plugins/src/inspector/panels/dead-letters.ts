import type { Operation } from '@holdfast/core'
import { button, h, keepRows } from '../dom.ts'
import { toPayloadText } from '../operation-text.ts'
import type { Panel, PanelContext } from '../panel.ts'
import { fateLine, operationLine } from './queue.ts'

const letterRow = (letter: Operation, { client, act }: PanelContext): HTMLElement => {
  const { id, payload, transaction } = letter
  const label = (verb: string): { readonly 'aria-label': string } => ({
    'aria-label': `${verb} ${letter.type} ${letter.collection} ${letter.recordId}`,
  })
  return h(
    'li',
    { 'data-letter': id },
    h(
      'div',
      { class: 'line' },
      ...operationLine(letter),
      h(
        'span',
        { class: 'actions' },
        button('Retry', label('Retry'), () =>
          act('Made again, under a new id.', () => client.deadLetters.retry(id)),
        ),
        button('Discard', { class: 'danger', ...label('Discard') }, () =>
          act('Discarded.', () => client.deadLetters.discard(id)),
        ),
      ),
    ),
    fateLine(letter),
    transaction === undefined
      ? undefined
      : h('p', { class: 'soft' }, 'One of a transaction: the others are retried or discarded with it.'),
    h('pre', {}, toPayloadText(payload)),
  )
}

/** What ended unapplied, why, and the two ways on. */
export const deadLettersPanel: Panel = {
  id: 'dead-letters',
  title: 'Dead letters',
  mount(place, context) {
    const none = h('p', { class: 'soft' }, 'No dead letter.')
    const list = h('ul', { class: 'rows' })
    place.append(none, list)
    const show = keepRows<Operation>(list, {
      keyOf: ({ id }) => id,
      signatureOf: ({ fate }) => JSON.stringify(fate),
      render: (letter) => letterRow(letter, context),
    })
    return context.client.deadLetters.list$().subscribe((letters) => {
      none.hidden = letters.length > 0
      show(letters)
    })
  },
}
