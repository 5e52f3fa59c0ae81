import { ensureChromium } from '../../chromium/ensure-chromium.ts'
import { provenByTests, type Proof } from '../proof.ts'

const tests = provenByTests(
  "In Chromium: each panel of the inspector shows the client's own figures, its trace is read by pnpm sim, axe-core finds nothing, and an app without it loads nothing of it.",
  'tests/browser/inspector',
  'packages/plugins/test/inspector',
  'tools/sim/test/client-trace',
)

export const proof: Proof = {
  ...tests,
  async run() {
    process.env['CHROMIUM_PATH'] = await ensureChromium()
    return tests.run()
  },
}
