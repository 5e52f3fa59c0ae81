import { add, increment, remove, setKeys, type SyncClient } from '@holdfast/core'
import { deleteText, insertText } from '@holdfast/plugins/text'
import type { schema } from './schema.ts'

type Client = SyncClient<(typeof schema)['collections']>

export const changeAsAda = async ({ collections: { notes } }: Client, id: string): Promise<void> => {
  await notes.update(id, { votes: increment() }) // one more than whatever it is
  await notes.update(id, { tags: add('urgent') })
  await notes.update(id, { labels: setKeys({ colour: 'red' }) })
  await notes.update(id, { body: insertText(4, 'good ') }) // before the character 4
  await notes.update(id, { bid: 50 })
}

export const changeAsBen = async ({ collections: { notes } }: Client, id: string): Promise<void> => {
  await notes.update(id, { votes: 2, tags: remove('draft') }) // a value counts as the difference: 2 more
  await notes.update(id, { tags: add('new'), labels: setKeys({ size: 'large', colour: undefined }) })
  await notes.update(id, { body: 'Buy milk and bread!' }) // the edits that lead there
  await notes.update(id, { body: deleteText(18, 1) })
  await notes.update(id, { body: insertText(18, '.'), bid: 70 })
}
