import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const main = resolve(import.meta.dirname, '../src/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'holdfast-demo-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Finished {
  readonly code: number | null
  readonly output: string
}

const runDemo = (): Promise<Finished> =>
  new Promise((finish, reject) => {
    const demo = spawn(process.execPath, ['--conditions=holdfast-source', main], {
      env: { ...process.env, TMPDIR: folder, TEMP: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const collect = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    demo.stdout.on('data', collect)
    demo.stderr.on('data', collect)
    demo.on('error', reject)
    demo.on('close', (code) => finish({ code, output }))
  })

test('the demo converges, twice in a row, and leaves nothing behind', { timeout: 150_000 }, async () => {
  for (const _round of [1, 2]) {
    const { code, output } = await runDemo()
    expect(output).not.toContain('✗')
    expect(code).toBe(0)
    for (const line of [
      'queue: 4 pending, 0 sent',
      'queue: 5 pending, 0 sent',
      '0 requests',
      'queue: 5 pending; every task is as he left it',
      'merged    sets note of boat',
      'conflict  sets title of food',
      '(did not win: priority)',
      'theirs (Ada, ',
      '5 tasks are the same on 2 devices and on the server',
      '14 operations made, 14 decided by the server, each once',
      'fates: 13 applied (1 of them outvoted), 1 superseded by an answer',
    ]) {
      expect(output).toContain(line)
    }
    expect(output.includes('\u001B[')).toBe(false)
    expect(readdirSync(folder)).toEqual([])
  }
})
