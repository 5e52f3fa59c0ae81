import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { hasCode } from '@holdfast/core'
import { fileStorage } from '../src/storage/file-storage.ts'
import { temporaryFolder } from './support/place.ts'

const startLoop = (folder: string) => {
  const script = new URL('children/commit-loop.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--conditions=holdfast-source', '--no-warnings', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let last = -1
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    last = Number(line)
  })
  return {
    lines,
    async kill() {
      const closed = once(child, 'close')
      child.kill('SIGKILL')
      await closed
      return last
    },
  }
}

const commitsOf = (lines: NodeJS.EventEmitter, count: number): Promise<void> =>
  new Promise((resolve) => {
    let seen = 0
    lines.on('line', () => {
      seen += 1
      if (seen === count) resolve()
    })
  })

test('another process finds it locked while the first one lives', async () => {
  using folder = temporaryFolder()
  const child = startLoop(folder.path)
  await commitsOf(child.lines, 1)
  const adapter = fileStorage({ folder: folder.path })
  const error: unknown = await adapter.open('main').catch((reason: unknown) => reason)
  expect(hasCode(error, 'STORAGE_LOCKED') && error.message).toMatch(/^Process \d+ holds the database main/)
  await child.kill()
  const database = await adapter.open('main')
  await database.close()
  expect(readdirSync(folder.path).filter((file) => file.includes('lock'))).toEqual([])
})

test('two adapters of one process are two writers, too', async () => {
  using folder = temporaryFolder()
  const [one, other] = [fileStorage({ folder: folder.path }), fileStorage({ folder: folder.path })]
  const database = await one.open('main')
  const error: unknown = await other.open('main').catch((reason: unknown) => reason)
  expect(hasCode(error, 'STORAGE_LOCKED')).toBe(true)
  await database.close()
  await (await other.open('main')).close()
})

test('killed at any time, it has every commit that resolved, and each as a whole', async () => {
  using folder = temporaryFolder()
  for (let round = 0; round < 4; round += 1) {
    const child = startLoop(folder.path)
    await commitsOf(child.lines, 1 + round * 20)
    const resolved = await child.kill()
    const database = await fileStorage({ folder: folder.path }).open('main')
    const [last, entries] = await database.read([{ get: 'last' }, { scan: 'n/' }])
    const number = Number(last?.value)
    expect(number).toBeGreaterThanOrEqual(resolved)
    expect(number).toBeLessThanOrEqual(resolved + 1)
    for (let each = Math.max(0, number - 49); each <= number; each += 1) {
      const entry = entries.find(({ key }) => key === `n/${each % 50}`)
      expect(entry?.value).toBe(`${each}`.repeat(1 + (each % 300)))
    }
    await database.close()
  }
})
