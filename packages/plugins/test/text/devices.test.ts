import { deleteText, insertText, textUpdate } from '@holdfast/plugins/text'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { failure } from '../../../core/test/support/failure.ts'
import { localServer } from '../../../core/test/support/transports.ts'
import { noteSchema, openDevice, openNotes, type NoteClient } from '../support/text-devices.ts'

const shownBy = async (...clients: readonly NoteClient[]): Promise<readonly (string | undefined)[]> =>
  Promise.all(clients.map(async (client) => (await client.collections.notes.get('n'))?.body))

test('[MD31] what two devices write into one text offline is all there, and nobody is asked', async () => {
  await using devices = await openNotes()
  const { mine, theirs } = devices
  await mine.collections.notes.update('n', { body: insertText(5, ' big') })
  await theirs.collections.notes.update('n', { body: deleteText(0, 6) })
  await theirs.collections.notes.update('n', { body: 'world!' })
  expect(await shownBy(mine, theirs)).toEqual(['Hello big world', 'world!'])
  await devices.meet()
  const [here, there] = await shownBy(mine, theirs)
  expect(here).toBe(' bigworld!')
  expect(there).toBe(here)
  expect(await mine.conflicts.list()).toEqual([])
})

test('[MD37] the document behind a text is not shown', async () => {
  await using devices = await openNotes()
  expect(await devices.theirs.collections.notes.get('n')).toEqual({ id: 'n', title: '', body: 'Hello world' })
  expect(await devices.mine.collections.notes.count({ where: { body: { startsWith: 'Hello' } } })).toBe(1)
})

test('[MD37] only the state of the field has it, as the record is shown', async () => {
  await using devices = await openNotes()
  const { notes } = devices.theirs.collections
  await notes.update('n', { body: insertText(11, '!') })
  const { value, hidden } = (await notes.fieldState('n', 'body')) ?? {}
  expect(value).toBe('Hello world!')
  const document = new Y.Doc()
  Y.applyUpdateV2(document, hidden instanceof Uint8Array ? hidden : new Uint8Array())
  expect(document.getText('text').toJSON()).toBe('Hello world!')
  expect(await notes.fieldState('nobody', 'body')).toBeUndefined()
  for (const field of ['title', 'constructor', 'none']) await failure(notes.fieldState('n', field), 'INVALID')
})

test('[MD38] a text that waits with a disputed title comes with the answer', async () => {
  await using devices = await openNotes()
  const { mine, theirs } = devices
  await mine.collections.notes.update('n', { title: 'mine', body: insertText(0, '1 ') })
  await theirs.collections.notes.update('n', { title: 'theirs', body: insertText(11, ' 2') })
  await theirs.collections.notes.update('n', { body: insertText(13, ' 3') })
  await devices.meet()
  const [conflict] = await theirs.conflicts.list()
  expect(conflict).toMatchObject({ fields: ['title'], mine: { body: '1 Hello world 2 3' } })
  await mine.collections.notes.update('n', { body: insertText(0, '0 ') })
  await theirs.conflicts.resolve(conflict?.id ?? '', 'theirs')
  await devices.meet()
  expect(await shownBy(mine, theirs)).toEqual(['0 1 Hello world 2 3', '0 1 Hello world 2 3'])
  expect(await theirs.deadLetters.list()).toEqual([])
})

test('[CL110] a change that builds on a refused one is made again, and what was typed arrives', async () => {
  const server = localServer({
    schema: noteSchema,
    authorize: ({ after }) => after?.['title'] !== 'forbidden',
  })
  await using device = await openDevice(server('u-1'))
  const { client, sync } = device
  const { notes } = client.collections
  await notes.create({ id: 'n', body: 'Hello world' })
  await sync()
  const refused = await notes.update('n', { title: 'forbidden', body: insertText(5, ' refused') })
  const typed = await notes.update('n', { body: insertText(10, 'typed ') })
  expect((await notes.get('n'))?.body).toBe('Hello refutyped sed world')
  await sync()
  expect(await client.deadLetters.list()).toMatchObject([{ id: refused.operationId }])
  expect(await client.operations.get(typed.operationId)).toMatchObject({ status: 'SUPERSEDED' })
  await using other = await openDevice(server('u-2'))
  await other.sync()
  expect((await other.client.collections.notes.get('n'))?.body).toBe('Hello worldtyped ')
  expect((await notes.get('n'))?.body).toBe('Hello worldtyped ')
})

test('an update of 5 MB is TOO_LARGE at the write, and nothing is queued', async () => {
  await using devices = await openNotes()
  const { notes } = devices.mine.collections
  const document = new Y.Doc()
  document.getText('text').insert(0, 'x'.repeat(5_000_000))
  await failure(notes.update('n', { body: textUpdate(Y.encodeStateAsUpdate(document)) }), 'TOO_LARGE')
  await failure(notes.update('n', { body: 'x'.repeat(5_000_000) }), 'TOO_LARGE')
  await failure(notes.update('n', { body: insertText(0, 'x'.repeat(5_000_000)) }), 'TOO_LARGE')
  expect(await devices.mine.operations.list({ status: 'PENDING' })).toEqual([])
})

test('[MD33] what is no change of a text is INVALID at the write', async () => {
  await using devices = await openNotes()
  const { notes } = devices.mine.collections
  const misfits: readonly unknown[] = [
    insertText(-1, 'x'),
    insertText(0.5, 'x'),
    insertText(0, 'a\u0000b'),
    insertText(0, '\ud83d'),
    deleteText(0, Number.NaN),
    textUpdate(Uint8Array.of(1, 2, 3)),
    5,
    null,
  ]
  for (const body of misfits) await failure(notes.update('n', { body: body as string }), 'INVALID')
  expect(await devices.mine.operations.list({ status: 'PENDING' })).toEqual([])
})
