import type { OpenConflict } from '@holdfast/core'
import { conflictTable } from '../print/table.ts'
import { assertSame } from './assert.ts'
import { nameOf } from './crew.ts'
import { agreedTitle } from './ending.ts'
import type { Stage } from './stage.ts'

/** The second half: what can be merged is merged, what can't is asked, and both end up with the same. */
export const meetAgain = async ({ narrator, ada, ben }: Stage): Promise<void> => {
  narrator.act('Both are back online: Ada first, then Ben')
  await ada.goOnline()
  await ada.sync()
  await ben.goOnline()
  await ben.sync()
  const { queue } = await ben.view()
  narrator.line('Ben', `queue: ${queue.pending} pending, ${queue.sent} sent, ${queue.conflicts} in conflict`)
}

export const agree = async ({ narrator, ada, ben }: Stage): Promise<void> => {
  narrator.act('One question is left, and Ben answers it')
  const { conflicts } = await ben.view()
  assertSame(
    'Open conflicts',
    conflicts.map(({ recordId, fields }) => [recordId, fields]),
    [['food', ['title']]],
  )
  const [conflict] = conflicts
  if (conflict === undefined) return
  narrator.line(
    'Ben',
    `is told: "${conflict.fields.join(', ')}" of ${conflict.recordId} was changed by somebody else`,
  )
  narrator.block(conflictTable(sidesOf(conflict)))
  await ben.resolve(conflict, { title: agreedTitle })
  await ben.sync()
  await ada.sync()
}

const titleOf = (record: OpenConflict['mine']): string => {
  const title = record?.['title']
  return typeof title === 'string' ? title : '(deleted)'
}

const sidesOf = (conflict: OpenConflict): readonly (readonly [string, string])[] => {
  const { mine, theirs, updatedBy, updatedAt } = conflict
  const at = new Date(updatedAt).toTimeString().slice(0, 8)
  return [
    ['mine', titleOf(mine)],
    [`theirs (${nameOf(updatedBy)}, ${at})`, titleOf(theirs)],
    ['chosen', agreedTitle],
  ]
}
