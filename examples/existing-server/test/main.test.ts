import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const main = join(resolve(import.meta.dirname, '..'), 'src/main.ts')

test('the story is told in the terminal, and every claim of it is verified', async () => {
  const { DATABASE_URL: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=holdfast-source', main], {
    env,
  })
  expect(stdout).toContain('An app that was there before, on SQLite.')
  expect(stdout).toContain('holds  the row has what all three wrote')
  expect(stdout).not.toContain('BROKEN')
})
