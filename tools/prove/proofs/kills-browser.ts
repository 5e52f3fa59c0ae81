import { killBrowser } from '../../../tests/kills/kill-browser.ts'
import type { Moment } from '../../../tests/kills/kill-device.ts'
import { ensureChromium } from '../../chromium/ensure-chromium.ts'
import { deviceEvidence, killSeed } from '../kill-figures.ts'
import type { Proof } from '../proof.ts'

const each = 25

/** In turn; and now and then it gets no further than to open its database. */
const moments: readonly Moment[] = Array.from({ length: each }, (_, index): readonly Moment[] =>
  index % 5 === 4 ? ['writing', 'syncing', 'opening'] : ['writing', 'syncing'],
).flat()

export const proof: Proof = {
  title: `Chromium is killed ${each} times while a page writes to IndexedDB and ${each} times while it syncs: nothing acknowledged is lost, nothing is torn, nothing is applied twice.`,
  async run() {
    process.env['CHROMIUM_PATH'] = await ensureChromium()
    return deviceEvidence(moments, await killBrowser({ moments, seed: killSeed(), longestMs: 1_500 }))
  },
}
