import { storageRules } from '@holdfast/core/testing'
import { ensureChromium } from '../../chromium/ensure-chromium.ts'
import { runVitest } from '../../vitest.ts'
import type { Proof } from '../proof.ts'

const run = ['better-sqlite3', 'node:sqlite', 'sqlite-wasm on OPFS in Chromium']
const shimmed = ['expo-sqlite', 'op-sqlite', 'capacitor-sqlite']
const folder = 'packages/storage-adapters/test'

const placeOf = {
  run: (driver: string) => (driver.startsWith('sqlite') ? driver : `sqlite on ${driver}`),
  shimmed: (driver: string) => `sqlite over a shim of ${driver}`,
}

export const proof: Proof = {
  title: 'Every SQLite driver holds the storage rules: where its library runs, and else over a shim of it.',
  async run() {
    process.env['CHROMIUM_PATH'] = await ensureChromium()
    const files = [`${folder}/conformance`, `${folder}/sqlite-`]
    const { code, passed, failed, output, titles } = await runVitest(files, 'collect')
    if (code !== 0) console.error(output)
    const casesIn = (place: string): number =>
      titles.filter((title) => title.startsWith(`storage in ${place} [ST`)).length
    const counts = [
      ...run.map((driver) => ({ driver, how: 'run', cases: casesIn(placeOf.run(driver)) })),
      ...shimmed.map((driver) => ({ driver, how: 'over a shim', cases: casesIn(placeOf.shimmed(driver)) })),
    ]
    return {
      holds: code === 0 && failed === 0 && counts.every(({ cases }) => cases === storageRules.length),
      figure: `${counts.map(({ driver, how, cases }) => `${driver} (${how}): ${cases} cases`).join(', ')}; ${passed} tests passed`,
    }
  },
}
