import type { Operation, QueueState } from '@holdfast/core'
import type { Task } from '../schema.ts'

export interface ExpectedTask extends Task {
  readonly version: number
}

export interface DeviceEvidence {
  readonly name: string
  readonly tasks: readonly Task[]
  readonly queue: QueueState
  /** All operations that the device knows. */
  readonly operations: readonly Pick<Operation, 'id' | 'fate'>[]
  /** Ids of those whose write was confirmed to the app. */
  readonly made: readonly string[]
}

export interface ServerEvidence {
  /** As the database has them, deleted ones left out. */
  readonly tasks: readonly ServerTask[]
  /** Ids of the operations that the server decided. */
  readonly operations: readonly string[]
}

export interface ServerTask extends ExpectedTask {
  readonly updatedBy: string
}

export interface Evidence {
  readonly expected: readonly ExpectedTask[]
  readonly devices: readonly DeviceEvidence[]
  readonly server: ServerEvidence
}
