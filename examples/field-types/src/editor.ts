import type { SyncClient } from '@holdfast/core'
import { openText, type OpenText } from '@holdfast/plugins/text'
import type { schema } from './schema.ts'

/** What an editor's page does; `text` is what y-codemirror, y-prosemirror's plain text, or a text area binds to. */
export const openEditor = async (
  client: SyncClient<(typeof schema)['collections']>,
  id: string,
): Promise<OpenText> => {
  const note = await openText(client.collections.notes, id, 'body', {
    delay: 100, // milliseconds for which letters are gathered into one operation
    onError: (error) => console.error('The text could not be saved yet.', error),
  })
  note.text.observe(() => console.log(`The editor shows: ${note.text.toJSON()}`))
  return note
}
