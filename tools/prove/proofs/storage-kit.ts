import { storageRules } from '@holdfast/core/testing'
import { ensureChromium } from '../../chromium/ensure-chromium.ts'
import { runVitest } from '../../vitest.ts'
import type { Proof } from '../proof.ts'

const places = [
  'memory',
  'sqlite on better-sqlite3',
  'sqlite on node:sqlite',
  'indexeddb in Chromium',
  'indexeddb in Chromium without BroadcastChannel',
]
const folder = 'packages/storage-adapters/test'

export const proof: Proof = {
  title: 'One kit holds every storage adapter to the same rules, and broken adapters fail it.',
  async run() {
    process.env['CHROMIUM_PATH'] = await ensureChromium()
    const { code, passed, failed, output, titles } = await runVitest([folder], 'collect')
    if (code !== 0) console.error(output)
    const cases = places.map(
      (place) => titles.filter((title) => title.startsWith(`storage in ${place} [ST`)).length,
    )
    const broken = titles.filter((title) => /^an adapter that .* fails the kit$/.test(title)).length
    const isEqual = cases.every((count) => count === storageRules.length)
    return {
      holds: code === 0 && failed === 0 && isEqual && broken >= 3,
      figure: `${places.map((place, index) => `${place}: ${cases[index]} cases`).join(', ')}; ${broken} broken adapters fail it; ${passed} tests passed`,
    }
  },
}
