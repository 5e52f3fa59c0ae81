import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const run = (...names: readonly string[]) =>
  promisify(execFile)(process.execPath, ['--conditions=holdfast-source', join(root, 'src/main.ts'), ...names])

test('a story is told in the terminal by its name', async () => {
  const { stdout } = await run('erp')
  expect(stdout.trim().split('\n')[0]).toBe('erp')
  expect(stdout).toContain('Every device shows 120 at 25 in week 12.')
  expect(stdout).not.toContain('forms')
})

test('a name that there is not is refused', async () => {
  await expect(run('crm')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('crm') as unknown,
  })
})
