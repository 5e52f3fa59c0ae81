import type { OpenConflict, Operation, QueueState, SyncState } from '@holdfast/core'
import { z } from 'zod'
import type { NewTask, Task, TaskPatch } from '../schema.ts'

export const deviceOptions = z.object({
  /** Whose device it is. */
  user: z.string(),
  token: z.string(),
  scope: z.string(),
  url: z.string(),
  /** Where it keeps its data. */
  filename: z.string(),
  online: z.boolean(),
})
export type DeviceOptions = z.output<typeof deviceOptions>

/** The server's word on one operation, as the device was told. */
export interface Verdict {
  readonly operationId: string
  readonly kind: string
  /** Fields in conflict, or fields whose value did not win. */
  readonly fields: readonly string[]
}

export interface SyncReport {
  readonly status: SyncState['status']
  /** Why it did not end in `synced`. */
  readonly reason: string | undefined
  readonly verdicts: readonly Verdict[]
}

/** What is on a device, as its app sees it. */
export interface DeviceView {
  readonly tasks: readonly Task[]
  readonly queue: QueueState
  readonly conflicts: readonly OpenConflict[]
  readonly operations: readonly Operation[]
}

/** What the story asks of a device. A type, so that it has the index signature of `Calls`. */
export type DeviceCalls = {
  readonly create: (task: NewTask) => Promise<string>
  readonly update: (change: { readonly id: string; readonly patch: TaskPatch }) => Promise<string>
  readonly remove: (id: string) => Promise<string>
  readonly resolve: (answer: { readonly conflictId: string; readonly patch: TaskPatch }) => Promise<string>
  /** Takes the network away, or gives it back. */
  readonly setOnline: (online: boolean) => Promise<void>
  /** Waits until sync has nothing left to do. */
  readonly sync: () => Promise<SyncReport>
  readonly view: () => Promise<DeviceView>
}
