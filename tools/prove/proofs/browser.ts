import { ensureChromium } from '../../chromium/ensure-chromium.ts'
import { provenByTests, type Proof } from '../proof.ts'

const tests = provenByTests(
  'In Chromium: written offline, reloaded, online again, on the server and on a second device; tabs, crashes and faults of IndexedDB.',
  'tests/browser',
  'packages/storage-adapters/test/indexeddb-crash',
  'packages/storage-adapters/test/indexeddb-faults',
  'packages/storage-adapters/test/indexeddb-tabs',
)

export const proof: Proof = {
  ...tests,
  async run() {
    process.env['CHROMIUM_PATH'] = await ensureChromium()
    return tests.run()
  },
}
