import { killBrowser } from '../../../tests/kills/kill-browser.ts'
import { ensureChromium } from '../../chromium/ensure-chromium.ts'
import { deviceEvidence, killSeed } from '../kill-figures.ts'
import type { Proof } from '../proof.ts'

const kills = 25

export const proof: Proof = {
  title: `Chromium is killed ${kills} times while a page writes to IndexedDB and syncs: nothing acknowledged is lost, nothing is torn, nothing is applied twice.`,
  async run() {
    process.env['CHROMIUM_PATH'] = await ensureChromium()
    return deviceEvidence(kills, await killBrowser({ kills, seed: killSeed(), longestMs: 500 }))
  },
}
