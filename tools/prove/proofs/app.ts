import { ensureChromium } from '../../chromium/ensure-chromium.ts'
import { provenByTests, type Proof } from '../proof.ts'

const tests = provenByTests(
  'The example app in Chromium: two devices differ offline and converge, it starts without a server, tabs of two versions get along, it can be installed, and axe-core has nothing to object.',
  'tests/browser/field-notes',
)

export const proof: Proof = {
  ...tests,
  async run() {
    process.env['CHROMIUM_PATH'] = await ensureChromium()
    return tests.run()
  },
}
