import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { runTask, type Report, type Task } from '../device.ts'

/**
 * One process of the device: `node --expose-gc device-process.ts <task as JSON> <file> <url> <asker>`. Prints what it
 * reports, one JSON text a line, with the memory that it needs.
 */
const [task = '', filename = '', url = '', asker = ''] = process.argv.slice(2)

const every = 10
let steps = 0
/** Bytes in use after a collection: what is really held. */
let held = 0

const measure = (): void => {
  globalThis.gc?.()
  held = process.memoryUsage().heapUsed
}

const print = (line: object): void =>
  void process.stdout.write(
    `${JSON.stringify({ ...line, held, taken: process.resourceUsage().maxRSS * 1024 })}\n`,
  )

const report = (told: Report): void => {
  if (told.kind === 'step') {
    steps += 1
    if (steps % every === 0) measure()
  }
  print(told)
  if (told.kind === 'halted') process.kill(process.pid, 'SIGKILL')
}

measure()
print({ kind: 'started' })
await runTask(JSON.parse(task) as Task, {
  storage: sqliteStorage({ filename, durability: 'normal', pollEvery: 200 }),
  url,
  asker,
  report,
})
