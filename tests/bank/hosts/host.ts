import type { Report, Sight, Task } from '../device.ts'

/** What a device needs, in bytes. */
export interface Memory {
  /** In use after a garbage collection. */
  readonly held: number
  /** What it has of the machine, used or not. */
  readonly taken: number
}

export interface Watch {
  /** What an onlooker sees, which is there all the time. */
  readonly onSight: (sight: Sight) => void
  /** `isIdle`: before the task began. */
  readonly onMemory: (memory: Memory, isIdle: boolean) => void
}

export interface Running {
  /** However it ends. */
  readonly ended: Promise<void>
  readonly kill: () => void
}

/** Where the device runs. Whatever becomes of its tasks, what it stored stays. */
export interface Host extends AsyncDisposable {
  readonly start: (task: Task, asker: string, hear: (report: Report) => void) => Promise<Running>
  /** How often tasks were killed, by the way it was done. */
  readonly killed: () => Readonly<Record<string, number>>
}

/** @param url the server's address */
export type OpenHost = (folder: string, url: string, watch: Watch) => Promise<Host>
