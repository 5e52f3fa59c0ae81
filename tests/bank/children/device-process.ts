import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { digestOf } from '../digest.ts'
import { lookOn, syncOnce, type DeviceOptions, type Report } from '../device.ts'

/**
 * One process of the device: `node --expose-gc device-process.ts <sync|digest|look> <file> <url> <asker> <end>`.
 * Prints what it reports, one JSON text a line, with the memory that it needs. `end`: the commit before or after which
 * it kills itself, as `flip before`.
 */
const [task = '', filename = '', url = '', asker = '', end = ''] = process.argv.slice(2)

const every = 10
let steps = 0
/** Bytes in use after a collection: what is really held. */
let heap = 0

const measure = (): void => {
  globalThis.gc?.()
  heap = Math.max(heap, process.memoryUsage().heapUsed)
}

const report = (told: Report): void => {
  if (told.kind === 'step') {
    steps += 1
    if (steps % every === 0) measure()
  }
  process.stdout.write(`${JSON.stringify({ ...told, heap, rss: process.resourceUsage().maxRSS * 1024 })}\n`)
}

const options: DeviceOptions = {
  storage: sqliteStorage({ filename, durability: 'normal', pollEvery: 200 }),
  url,
  asker,
  report,
  onStep: (step, when) => void (end === `${step} ${when}` && process.kill(process.pid, 'SIGKILL')),
}

if (task === 'look') await lookOn(options, () => new Promise((resolve) => setTimeout(resolve, 50)))
measure()
const client = await syncOnce(options)
if (task === 'digest') {
  const accounts = await client.collections.accounts.find()
  process.stdout.write(
    `${JSON.stringify({ kind: 'digest', digest: digestOf(accounts.map(({ id, balance }) => [id, balance])) })}\n`,
  )
}
await client.close()
