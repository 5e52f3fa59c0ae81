import { storageRules } from '@holdfast/core/testing'
import { compareSeeds } from '../../../tests/browser/sim/compare-seeds.ts'
import { ensureChromium } from '../../chromium/ensure-chromium.ts'
import { firstSeed } from '../../sim/first-seed.ts'
import { runVitest } from '../../vitest.ts'
import type { Proof } from '../proof.ts'

const count = 200

/** The cases of the kit that passed over SQLite WASM. */
const runKit = async (): Promise<number> => {
  const { code, output, titles } = await runVitest(
    ['packages/storage-adapters/test/sqlite-wasm.test.ts'],
    'collect',
  )
  if (code !== 0) console.error(output)
  return titles.filter((title) => title.startsWith('storage in sqlite-wasm on OPFS in Chromium [ST')).length
}

export const proof: Proof = {
  title: `SQLite WASM on OPFS in Chromium holds the storage rules, and ${count} simulated worlds do over it what they do in Node.`,
  async run() {
    process.env['CHROMIUM_PATH'] = await ensureChromium()
    const cases = await runKit()
    const first = firstSeed()
    const compared = await compareSeeds(Array.from({ length: count }, (_, index) => first + index))
    const { seeds, same, events, databases, findings } = compared
    for (const finding of findings) console.error(finding)
    return {
      holds: cases === storageRules.length && same === count && findings.length === 0,
      figure:
        `${cases} of ${storageRules.length} cases of the kit; the traces of ${same} of ${seeds} seeds (${first} to ` +
        `${first + count - 1}, ${events} events, ${databases} databases on OPFS) are those of Node, ${findings.length} findings`,
    }
  },
}
