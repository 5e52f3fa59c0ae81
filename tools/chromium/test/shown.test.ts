import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { run } from '../../run.ts'
import { launchChromium, launchProfile } from '../launch.ts'
import { missingDisplay, shownBy, takeHeaded } from '../shown.ts'
import { spawnChromium } from '../spawn-chromium.ts'

test('nobody sees a browser unless it was asked for', () => {
  expect(shownBy({}, 'linux')).toEqual({ headless: true })
  expect(shownBy({ HOLDFAST_HEADED: '' }, 'linux')).toEqual({ headless: true })
})

test('a window is slow enough to be followed, and as slow as one says', () => {
  const headed = { HOLDFAST_HEADED: '1', DISPLAY: ':0' }
  expect(shownBy(headed, 'linux')).toEqual({ headless: false, slowMo: 250 })
  expect(shownBy({ ...headed, HOLDFAST_SLOW_MO: '0' }, 'linux')).toEqual({ headless: false, slowMo: 0 })
  expect(() => shownBy({ ...headed, HOLDFAST_SLOW_MO: 'slowly' }, 'linux')).toThrow(/slowly/)
})

test('without a display it says so before anything is started; macOS and Windows always have one', () => {
  expect(() => shownBy({ HOLDFAST_HEADED: '1' }, 'linux')).toThrow(missingDisplay)
  expect(shownBy({ HOLDFAST_HEADED: '1', WAYLAND_DISPLAY: 'w' }, 'linux')).toMatchObject({ headless: false })
  expect(shownBy({ HOLDFAST_HEADED: '1' }, 'darwin')).toMatchObject({ headless: false })
})

test('`--headed` is taken out of the arguments, and told to all that is started', () => {
  const variables: Record<string, string | undefined> = { DISPLAY: ':0' }
  expect(takeHeaded(['tests/browser'], variables, 'linux')).toEqual(['tests/browser'])
  expect(variables).toEqual({ DISPLAY: ':0' })
  expect(takeHeaded(['--headed', 'tests/browser'], variables, 'linux')).toEqual(['tests/browser'])
  expect(shownBy(variables, 'linux')).toMatchObject({ headless: false })
})

test.each(['tools/test.ts', 'tools/prove/main.ts'])(
  '%s --headed ends with that sentence where there is no display',
  async (command) => {
    const env = { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' }
    const args = ['--conditions=holdfast-source', command, '--headed']
    const { code, output } = await run(process.execPath, args, { env, output: 'collect' })
    expect([code, output]).toEqual([1, expect.stringContaining(missingDisplay)])
  },
)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-shown-'))
  return () => rmSync(folder, { recursive: true, force: true })
})
afterEach(() => vi.unstubAllEnvs())

/** What each way to start a browser gives to it. */
const argumentsBy = async (start: () => Promise<unknown>): Promise<string> => {
  const [told, stand] = [join(folder, 'arguments'), join(folder, 'chromium')]
  writeFileSync(stand, `#!/bin/sh\necho "$@" > '${told}'\nexit 1\n`)
  chmodSync(stand, 0o755)
  vi.stubEnv('CHROMIUM_PATH', stand)
  await start().catch(() => 'it ends before it can be driven')
  return readFileSync(told, 'utf8')
}

const ways = [
  ['launchChromium', launchChromium],
  ['launchProfile', () => launchProfile(join(folder, 'profile'))],
  ['spawnChromium', () => spawnChromium(join(folder, 'profile'))],
] as const

test.each(ways)('%s tells Chromium to be headless, or not', async (_, start) => {
  vi.stubEnv('HOLDFAST_HEADED', '')
  expect(await argumentsBy(start)).toContain('--headless')
  vi.stubEnv('HOLDFAST_HEADED', '1')
  vi.stubEnv('DISPLAY', ':99')
  const shown = await argumentsBy(start)
  expect(shown).not.toContain('--headless')
  expect(shown).toContain('--no-sandbox')
})
