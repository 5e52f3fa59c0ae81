import { withServer, type Device } from '@holdfast-examples/support'
import { collection, defineSchema, fieldMerge } from '@holdfast/core'
import { openText, text, type OpenText } from '@holdfast/plugins/text'
import { UndoManager } from 'yjs'
import { z } from 'zod'
import { countQuestions, type Say } from './telling.ts'

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({
      fields: z.object({ id: z.string(), title: z.string(), body: text() }),
      conflict: fieldMerge({ onOverlap: 'ask' }), // for the title: a text is never in conflict
    }),
  },
})

type Collections = (typeof schema)['collections']

export interface Ending {
  /** The text with everybody's edits in it, as each device shows it. */
  readonly merged: readonly string[]
  /** What Ben's device showed after it was switched off and on, still offline. */
  readonly afterRestart: string
  /** The text after Ben has taken his last edit back. */
  readonly undone: readonly string[]
  readonly questions: number
}

/** Ada and Ben write into one text, offline and at the same place; Ben thinks better of it. */
export const tellStory = (say: Say): Promise<Ending> =>
  withServer({ schema }, async ({ open }) => {
    const ada = await open('ada')
    let ben = await open('ben')
    await ada.collections.notes.create({ id: 'picnic', title: 'Picnic', body: 'Meet at noon.' })
    for (const device of [ada, ben]) await device.sync()
    say('Ada and Ben have the text "Meet at noon." open, and lose the network.')

    const adasEditor = await openEditor(ada)
    adasEditor.text.insert('Meet '.length, 'by the lake ')
    await adasEditor.flush()
    type(adasEditor, '\nBring tea')
    await adasEditor.flush()
    let bensEditor = await openEditor(ben)
    bensEditor.text.delete('Meet at '.length, 'noon'.length)
    bensEditor.text.insert('Meet at '.length, 'six')
    await bensEditor.close()
    say(`Ada's editor shows: ${oneLine(adasEditor.text.toJSON())}`)

    await ben.close()
    ben = await open('ben')
    bensEditor = await openEditor(ben)
    const afterRestart = bensEditor.text.toJSON()
    say(`Ben's phone is switched off and on, and shows: ${oneLine(afterRestart)}`)
    const history = new UndoManager(bensEditor.text)
    type(bensEditor, '\nBring cake')
    await bensEditor.flush()
    say(`Ben goes on: ${oneLine(bensEditor.text.toJSON())}`)

    for (const device of [ada, ben, ada]) await device.sync()
    await caughtUp(ada, adasEditor)
    await caughtUp(ben, bensEditor)
    const merged = [adasEditor, bensEditor].map((editor) => editor.text.toJSON())
    say(`Back online, both editors show: ${oneLine(merged[0])}`)

    history.undo()
    await bensEditor.close()
    for (const device of [ben, ada]) await device.sync()
    await caughtUp(ada, adasEditor)
    await adasEditor.close()
    const newcomer = await open('cyd')
    await newcomer.sync()
    const undone = await Promise.all([ada, ben, newcomer].map(bodyOf))
    say(`Ben's undo takes back what Ben typed last, and nothing of Ada's: ${oneLine(undone[0])}`)
    return { merged, afterRestart, undone, questions: await countQuestions([ada, ben, newcomer]) }
  })

/** What an editor's page does; `text` is what y-codemirror, y-prosemirror or a text area binds to. */
const openEditor = ({ collections: { notes } }: Device<Collections>): Promise<OpenText> =>
  openText(notes, 'picnic', 'body')

const type = ({ text }: OpenText, letters: string): void => text.insert(text.length, letters)

const oneLine = (body = ''): string => body.replaceAll('\n', ' / ')

const bodyOf = async ({ collections: { notes } }: Device<Collections>): Promise<string> =>
  (await notes.get('picnic'))?.body ?? ''

/** Resolves once the editor shows what its device has. */
const caughtUp = async (device: Device<Collections>, { text }: OpenText): Promise<void> => {
  const body = await bodyOf(device)
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (text.toJSON() !== body) return
      text.unobserve(look)
      resolve()
    }
    text.observe(look)
    look()
  })
}
