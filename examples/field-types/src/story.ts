import { withServer } from '@holdfast-examples/support'
import type { RecordOf } from '@holdfast/core'
import { changeAsAda, changeAsBen } from './changes.ts'
import { openEditor } from './editor.ts'
import { schema } from './schema.ts'

type Note = RecordOf<(typeof schema)['collections']['notes']>

/** The note as both devices show it in the end. */
export const tellStory = (say: (line: string) => void): Promise<readonly (Note | undefined)[]> =>
  withServer({ schema }, async ({ open }) => {
    const [ada, ben] = [await open('ada'), await open('ben')]
    const { recordId } = await ada.collections.notes.create({ body: 'Buy milk.', tags: ['draft', 'idea'] })
    for (const device of [ada, ben]) await device.sync()
    say('Offline, Ada and Ben both change the same note.')
    await changeAsAda(ada, recordId)
    await changeAsBen(ben, recordId)
    for (const device of [ada, ben, ada]) await device.sync()
    const shown = () => Promise.all([ada, ben].map(({ collections }) => collections.notes.get(recordId)))
    const [{ votes, tags, bid, body } = { votes: 0, tags: [], bid: 0, body: '' }] = await shown()
    say(`Ada and Ben see ${votes} votes, the tags ${tags.join(', ')}, the largest bid ${bid},`)
    say(`and the text: "${body}"`)
    const editor = await openEditor(ada, recordId)
    editor.text.insert(0, 'To do: ')
    await editor.close()
    for (const device of [ada, ben]) await device.sync()
    return shown()
  })
