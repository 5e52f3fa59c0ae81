import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { runTask, type Report, type Task } from '../device.ts'

/** The device as a page. `told` is the driver's. */
declare global {
  interface Window {
    readonly told: (report: Report) => Promise<void>
    run: (task: Task, asker: string) => Promise<void>
  }
}

window.run = (task, asker) =>
  runTask(task, {
    // As with SQLite: processes are killed here, not the power.
    storage: indexedDbStorage({ name: 'bank', durability: 'relaxed' }),
    url: '/sync',
    asker,
    report: (report) => void window.told(report),
  })
