import { ensureChromium } from '../../chromium/ensure-chromium.ts'
import { provenByTests, type Proof } from '../proof.ts'

const tests = provenByTests(
  'React, Vue, Svelte, Angular and no framework, each in Chromium over one client; TanStack DB with a live join and aggregates.',
  'tests/browser/frameworks',
  'packages/plugins/test/tanstack-db',
  'examples/frameworks/test',
)

export const proof: Proof = {
  ...tests,
  async run() {
    process.env['CHROMIUM_PATH'] = await ensureChromium()
    return tests.run()
  },
}
