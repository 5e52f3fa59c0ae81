import { ensureChromium } from '../../chromium/ensure-chromium.ts'
import { runVitest } from '../../vitest.ts'
import type { Proof } from '../proof.ts'

/** What browsers do to an app, and the tests of a client in Chromium that show how each ends. */
const ends: Readonly<Record<string, RegExp>> = {
  'quota used up': /^\[P01\] \[P07\] a first sync that finds no space/,
  'quota that no page is told': /^\[SH2\] a known gap: Chromium tells pages/,
  'database deleted between visits': /^\[SH1\] a database that was deleted/,
  'upgrade blocked by a tab': /^\[IX7\] an upgrade that a tab holds up/,
  'upgrade beside an old tab': /^\[IX5\] a newer version opens beside an old one/,
  'onLine says online, nothing gets through': /^\[P01\] the browser says online/,
  'onLine says offline, the server is there': /^\[CN1\] the browser says offline/,
  'captive portal': /^\[P01\] a captive portal/,
  'token ends in the middle of a drain': /^\[P01\] \[P03\] a token that ends/,
}

const files = ['quota', 'reality', 'upgrade', 'users'].map((name) => `tests/browser/${name}.test.ts`)

export const proof: Proof = {
  title:
    'What browsers do to an app ends as documented, for a client in Chromium: quota, deletion, upgrades, signals that lie, portals, tokens.',
  async run() {
    process.env['CHROMIUM_PATH'] = await ensureChromium()
    const { code, titles, passed, failed, output } = await runVitest(files, 'collect')
    if (code !== 0) console.error(output)
    const shown = Object.entries(ends).filter(([, title]) => titles.some((one) => title.test(one)))
    const missing = Object.keys(ends).filter((name) => !shown.some(([one]) => one === name))
    return {
      holds: code === 0 && missing.length === 0,
      figure:
        `${shown.length} of ${Object.keys(ends).length} shown (${shown.map(([name]) => name).join('; ')})` +
        `${missing.length > 0 ? `, missing: ${missing.join('; ')}` : ''}; ${passed} tests passed, ${failed} failed`,
    }
  },
}
