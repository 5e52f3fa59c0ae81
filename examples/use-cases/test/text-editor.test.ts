import { expect, test } from 'vitest'
import { tellStory } from '../src/text-editor.ts'

test('[R19] text editor: all that was typed is there, and undo takes back only what was typed here', async () => {
  const said: string[] = []
  const { merged, afterRestart, undone, questions } = await tellStory((line) => said.push(line))
  expect(afterRestart).toBe('Meet at six.')
  // Both wrote at the end: which of them stands first is nobody's choice, but the same everywhere.
  expect([
    'Meet by the lake at six.\nBring tea\nBring cake',
    'Meet by the lake at six.\nBring cake\nBring tea',
  ]).toContain(merged[0])
  expect(merged[1]).toBe(merged[0])
  const text = 'Meet by the lake at six.\nBring tea'
  expect(undone).toEqual([text, text, text])
  expect(questions).toBe(0)
  expect(said.at(-1)).toContain('Meet by the lake at six. / Bring tea')
})
