import { ensureChromium } from './chromium/ensure-chromium.ts'
import { takeHeaded } from './chromium/shown.ts'
import { ensureRedis } from './redis/ensure-redis.ts'
import { runVitest } from './vitest.ts'

/** Everything that CI runs: the checks (an import that ends the process if one fails), then every test. */
const args = takeHeaded(process.argv.slice(2))
const getWhatIsMissing = async (): Promise<string> => {
  const chromium = await ensureChromium()
  await ensureRedis()
  return chromium
}
// What has to be fetched comes while the checks run.
const [chromium] = await Promise.all([getWhatIsMissing(), import('./check.ts')])
process.env['CHROMIUM_PATH'] = chromium
const { code, passed, failed, skipped } = await runVitest(args, 'inherit')
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = code
