import type { OpenConflict } from '@holdfast/core'
import { button, h, keepRows, timeOf } from '../dom.ts'
import { plural } from '../event-text.ts'
import { toValueText } from '../operation-text.ts'
import type { Panel, PanelContext } from '../panel.ts'

const sideOf = (title: string, record: OpenConflict['mine'], fields: readonly string[]): HTMLElement => {
  const disputed = fields.filter((field) => !field.startsWith('$'))
  const values =
    record === undefined
      ? 'deleted'
      : disputed.length === 0
        ? toValueText(record)
        : disputed.map((field) => `${field}: ${toValueText(record[field])}`).join('\n')
  return h('div', {}, h('h3', {}, title), h('pre', {}, values))
}

const conflictRow = (conflict: OpenConflict, { client, act }: PanelContext): HTMLElement => {
  const { id, collection, recordId, fields, mine, theirs, updatedBy, updatedAt, serverVersion } = conflict
  const take = (side: 'mine' | 'theirs', label: string): HTMLButtonElement =>
    button(label, { 'aria-label': `${label} of ${collection} ${recordId}` }, () =>
      act(`Answered: ${side}.`, () => client.conflicts.resolve(id, side)),
    )
  return h(
    'li',
    { 'data-conflict': id },
    h(
      'div',
      { class: 'line' },
      h('strong', {}, collection),
      h('span', { class: 'code soft' }, recordId),
      h('span', { class: 'chip attention' }, fields.join(', ')),
      conflict.answered
        ? h('span', { class: 'soft' }, 'answered; waits for others')
        : h('span', { class: 'actions' }, take('mine', 'Take mine'), take('theirs', 'Take theirs')),
    ),
    h('div', { class: 'sides' }, sideOf('Mine', mine, fields), sideOf('Theirs', theirs, fields)),
    h(
      'p',
      { class: 'soft' },
      `Version ${serverVersion} by ${updatedBy}, `,
      timeOf(updatedAt),
      `; ${plural(conflict.operations.length, 'operation')} wait.`,
    ),
  )
}

/** The open questions, with both sides, and the two plain answers. */
export const conflictsPanel: Panel = {
  id: 'conflicts',
  title: 'Conflicts',
  mount(place, context) {
    const none = h('p', { class: 'soft' }, 'No conflict is open.')
    const list = h('ul', { class: 'rows' })
    place.append(none, list)
    const show = keepRows<OpenConflict>(list, {
      keyOf: ({ id }) => id,
      signatureOf: ({ mine, answered, operations, fields }) =>
        `${answered} ${operations.join()} ${fields.join()} ${toValueText(mine)}`,
      render: (conflict) => conflictRow(conflict, context),
    })
    return context.client.conflicts.list$().subscribe((open) => {
      none.hidden = open.length > 0
      show(open)
    })
  },
}
