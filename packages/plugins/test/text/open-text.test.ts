import { hasCode } from '@holdfast/core'
import { insertText, openText } from '@holdfast/plugins/text'
import { createSeededRandom } from '@holdfast/core/testing'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer } from '../../../core/test/support/transports.ts'
import { noteSchema, openDevice, openNotes, type NoteClient } from '../support/text-devices.ts'
import { bodyOf, openEditor, shows } from './editors.ts'

/** Under how many names the letters of a text go. */
const namesIn = async ({ collections }: NoteClient): Promise<number> => {
  const { hidden } = (await collections.notes.fieldState('n', 'body')) ?? {}
  const document = new Y.Doc()
  if (hidden instanceof Uint8Array) Y.applyUpdateV2(document, hidden)
  return document.store.clients.size
}

test('edits are gathered for a while and written as one operation', async () => {
  await using devices = await openNotes()
  const { mine } = devices
  const environment = manualEnvironment()
  const note = await openEditor(mine, environment)
  note.text.insert(5, ',')
  note.text.insert(12, '!')
  note.text.delete(0, 1)
  note.text.insert(0, 'J')
  expect(await bodyOf(mine)).toBe('Hello world')
  expect(environment.waits()).toEqual([200])
  environment.advance(200)
  await vi.waitFor(async () => expect(await bodyOf(mine)).toBe('Jello, world!'))
  expect(await mine.operations.list({ status: 'PENDING' })).toHaveLength(1)
  await note.close()
})

test('two editors of one text meet, and keep what both have typed', async () => {
  await using devices = await openNotes()
  const [mine, theirs] = [await openEditor(devices.mine), await openEditor(devices.theirs)]
  mine.text.insert(11, ' of mine')
  theirs.text.insert(0, 'Their ')
  await Promise.all([mine.flush(), theirs.flush()])
  // Not written when the other's arrives.
  mine.text.insert(5, ' big')
  await devices.meet()
  await shows(theirs, 'Their Hello world of mine')
  await shows(mine, 'Their Hello big world of mine')
  await mine.flush()
  await devices.meet()
  await shows(theirs, 'Their Hello big world of mine')
  expect(await bodyOf(devices.theirs)).toBe('Their Hello big world of mine')
  await mine.close()
  await theirs.close()
})

test('undo takes back what this editor has typed, and not what came from elsewhere', async () => {
  await using devices = await openNotes()
  const mine = await openEditor(devices.mine)
  const undo = new Y.UndoManager(mine.text)
  mine.text.insert(0, '>>> ')
  await mine.flush()
  await devices.theirs.collections.notes.update('n', { body: 'Hello wide world' })
  await devices.meet()
  await shows(mine, '>>> Hello wide world')
  undo.undo()
  await mine.flush()
  await devices.meet()
  expect(await bodyOf(devices.theirs)).toBe('Hello wide world')
  await mine.close()
})

test('closing writes what is left; another editor finds it', async () => {
  await using devices = await openNotes()
  const first = await openEditor(devices.mine)
  first.text.insert(0, 'Oh, ')
  await first.close()
  const second = await openEditor(devices.mine)
  expect(second.text.toJSON()).toBe('Oh, Hello world')
  first.text.insert(0, 'no more: ')
  await second.close()
  expect(await bodyOf(devices.mine)).toBe('Oh, Hello world')
})

test('what another tab writes between the reading and the writing comes first', async () => {
  await using devices = await openNotes()
  const { mine } = devices
  const [one, other] = [await openEditor(mine), await openEditor(mine)]
  for (let round = 0; round < 20; round += 1) {
    one.text.insert(one.text.length, 'a')
    other.text.insert(0, 'b')
    await Promise.all([one.flush(), other.flush()])
  }
  const body = await bodyOf(mine)
  expect(body).toBe(`${'b'.repeat(20)}Hello world${'a'.repeat(20)}`)
  await shows(one, body)
  await shows(other, body)
  await one.close()
  await other.close()
})

test('a text of any length is written in portions', async () => {
  await using devices = await openNotes('')
  const note = await openEditor(devices.mine)
  const paste = '0123456789😀\u0001\n'.repeat(2_000)
  note.text.insert(0, paste)
  await note.close()
  await devices.meet()
  expect(await bodyOf(devices.theirs)).toBe(paste)
})

test('so is a change of thousands of places', async () => {
  await using devices = await openNotes('ab'.repeat(2_000))
  const note = await openEditor(devices.mine)
  note.document.transact(() => {
    for (let at = 0; at < note.text.length; at += 2) {
      note.text.delete(at, 1)
      note.text.insert(at, '\u0001')
    }
  })
  await note.close()
  await devices.meet()
  expect(await bodyOf(devices.theirs)).toBe('\u0001b'.repeat(2_000))
})

test('of halves of a character, which Yjs makes whole, the editor and the record make the same', async () => {
  await using devices = await openNotes('a😀b')
  const note = await openEditor(devices.mine)
  note.text.delete(2, 1)
  note.text.insert(0, 'x')
  await note.flush()
  expect(await bodyOf(devices.mine)).toBe(note.text.toJSON())
  await devices.theirs.collections.notes.update('n', { body: insertText(99, '!') })
  await devices.meet()
  await shows(note, await bodyOf(devices.theirs))
  expect(note.text.toJSON()).toMatch(/^xa.b!$/u)
  await note.close()
})

test('what can not be written is told, and stays in the editor', async () => {
  await using devices = await openNotes()
  const { mine } = devices
  const environment = manualEnvironment()
  const errors: unknown[] = []
  const note = await openText(mine.collections.notes, 'n', 'body', {
    environment,
    onError: (error) => void errors.push(error),
  })
  await mine.collections.notes.delete('n')
  note.text.insert(0, 'Still here: ')
  environment.advance(200)
  await vi.waitFor(() => expect(errors.some((error) => hasCode(error, 'NOT_FOUND'))).toBe(true))
  expect(note.text.toJSON()).toBe('Still here: Hello world')
  await expect(note.close()).rejects.toThrow('There is no record "n"')
  await expect(openEditor(mine)).rejects.toThrow('There is no record "n"')
})

test('where the server refuses a part of a session, the rest of it arrives, and typing goes on', async () => {
  const server = localServer({
    schema: noteSchema,
    authorize: ({ before, after }) => {
      const lengthOf = (body: unknown): number => (typeof body === 'string' ? body.length : 0)
      return lengthOf(after?.['body']) - lengthOf(before?.['body']) < 20
    },
  })
  await using device = await openDevice(server('u-1'))
  await device.client.collections.notes.create({ id: 'n', body: 'Hello.' })
  const note = await openEditor(device.client)
  const typed = async (letters: string): Promise<void> => {
    note.text.insert(note.text.length, letters)
    await note.flush()
  }
  await typed(' One.')
  await typed(' This is too much at a time.')
  await typed(' Two.')
  await device.sync()
  await shows(note, 'Hello. One. Two.')
  expect(await device.client.deadLetters.list()).toHaveLength(1)
  // The refused letters may be known under the session's names, to another tab: they are not given again.
  const names = await namesIn(device.client)
  await typed(' Three.')
  await typed(' Four.')
  expect(await namesIn(device.client)).toBe(names + 1)
  await device.sync()
  await shows(note, 'Hello. One. Two. Three. Four.')
  await using other = await openDevice(server('u-2'))
  await other.sync()
  expect(await bodyOf(other.client)).toBe('Hello. One. Two. Three. Four.')
  expect(await device.client.deadLetters.list()).toHaveLength(1)
  await note.close()
})

test('editors on two devices that write and meet at random show the same as the records', async () => {
  for (let seed = 0; seed < 5; seed += 1) {
    const random = createSeededRandom(`editors/${seed}`)
    await using devices = await openNotes('start')
    const editors = [await openEditor(devices.mine), await openEditor(devices.theirs)] as const
    for (let step = 0; step < 60; step += 1) {
      const editor = random.pick(editors)
      const at = random.between(0, editor.text.length)
      if (random.chance(0.3)) editor.text.delete(at, Math.min(random.between(0, 3), editor.text.length - at))
      else editor.text.insert(at, random.pick(['a', 'bc', ' ', '\n', 'é']))
      if (random.chance(0.3)) await editor.flush()
      if (random.chance(0.1)) await devices.meet(1)
    }
    for (const editor of editors) await editor.flush()
    await devices.meet()
    const body = await bodyOf(devices.mine)
    expect(await bodyOf(devices.theirs)).toBe(body)
    for (const editor of editors) {
      await shows(editor, body)
      await editor.close()
    }
  }
})
