import type { Report, Sight, Task } from '../device.ts'

/** What a device needs, in bytes. */
export interface Memory {
  /** In use after a garbage collection. */
  readonly held: number
  /** What it has of the machine, used or not. */
  readonly taken: number
}

export interface Listener {
  readonly hear: (report: Report) => void
  /** Asked for by whoever wants it. `isIdle`: before the task began. */
  readonly onMemory?: (memory: Memory, isIdle: boolean) => void
}

export interface Running {
  /** However it ends. */
  readonly ended: Promise<void>
  readonly kill: () => void
}

/** Where the device runs. Whatever becomes of its tasks, what it stored stays. */
export interface Host extends AsyncDisposable {
  readonly start: (task: Task, asker: string, listener: Listener) => Promise<Running>
  /** How often tasks were killed, by the way it was done. */
  readonly killed: () => Readonly<Record<string, number>>
}

/**
 * @param url the server's address
 * @param onSight told what an onlooker sees, which is there all the time
 */
export type OpenHost = (folder: string, url: string, onSight: (sight: Sight) => void) => Promise<Host>
