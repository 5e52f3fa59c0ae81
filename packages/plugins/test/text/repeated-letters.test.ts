import { insertText } from '@holdfast/plugins/text'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { openNotes } from '../support/text-devices.ts'
import { bodyOf, openEditor, shows } from './editors.ts'

/** Which of two at the same place comes first is decided by their ids, which are new in each run. */
const runs = 24

describe('where the same letters stand on both sides of a place', () => {
  test('[FT5] edits of an editor are made where they were made', async () => {
    const endings = new Set<string | undefined>()
    for (let run = 0; run < runs; run += 1) {
      await using devices = await openNotes('We meet at noon.')
      const [ada, ben] = [await openEditor(devices.mine), await openEditor(devices.theirs)]
      ada.text.insert(2, ' all')
      ada.text.insert(ada.text.length, ' Bring tea.')
      await ada.flush()
      ben.text.insert('We meet at noon'.length, ' sharp')
      await ben.flush()
      await devices.meet()
      endings.add(await bodyOf(devices.mine))
      for (const editor of [ada, ben]) {
        await shows(editor, await bodyOf(devices.theirs))
        await editor.close()
      }
    }
    expect([...endings]).toEqual(['We all meet at noon sharp. Bring tea.'])
  })

  test('an undo takes back what was typed here, and no letter of others that reads the same', async () => {
    const merged = new Set<string | undefined>()
    const undone = new Set<string | undefined>()
    for (let run = 0; run < runs; run += 1) {
      await using devices = await openNotes('Noon.')
      const [ada, ben] = [await openEditor(devices.mine), await openEditor(devices.theirs)]
      const history = new Y.UndoManager(ben.text)
      ada.text.insert(5, ' Bring tea.')
      await ada.flush()
      ben.text.insert(5, ' Bring cake.')
      await ben.flush()
      await devices.meet()
      merged.add(await bodyOf(devices.mine))
      await shows(ben, await bodyOf(devices.theirs))
      history.undo()
      await ben.flush()
      await devices.meet()
      undone.add(await bodyOf(devices.mine))
      for (const editor of [ada, ben]) await editor.close()
    }
    expect(merged).toEqual(new Set(['Noon. Bring cake. Bring tea.', 'Noon. Bring tea. Bring cake.']))
    expect([...undone]).toEqual(['Noon. Bring tea.'])
  })

  test('nor letters of others that were typed right behind what an undo had brought back', async () => {
    await using devices = await openNotes('.')
    const ben = await openEditor(devices.mine)
    const history = new Y.UndoManager(ben.text, { captureTimeout: 0 })
    ben.text.insert(0, 'Tea')
    ben.text.delete(0, 3)
    history.undo()
    await ben.flush()
    await devices.meet()
    await devices.theirs.collections.notes.update('n', { body: insertText(3, ' and cake') })
    await devices.meet()
    await shows(ben, 'Tea and cake.')
    history.undo()
    await ben.close()
    expect(await bodyOf(devices.mine)).toBe(' and cake.')
  })
})
