import type { ErrorCode } from '@holdfast/core'
import type { ProcedureName } from '@holdfast/core/protocol'

/** What the server did: names and counts, never a value of a record. Times in milliseconds. */
export type ServerEvent = { readonly at: number } &
  /** A request was answered. `code`: it was refused. */
  (
    | {
        readonly type: 'answered'
        readonly procedure: ProcedureName
        readonly ms: number
        readonly scope: string | undefined
        readonly code: ErrorCode | undefined
        /** Of a refusal that has one: why a device has to reset, say. */
        readonly reason?: string | undefined
        /** The longest wait for the scope's lock. */
        readonly lockWaitMs: number
        /** Of a push that was not refused. */
        readonly push?: PushFigures | undefined
        /** Of a pull or a snapshot that was not refused. */
        readonly page?: PageFigures | undefined
      }
    /** Server code changed records. */
    | { readonly type: 'written'; readonly ms: number; readonly scope: string; readonly failed: boolean }
    /** `open`: so many streams there are now in this process. */
    | { readonly type: 'streamOpened' | 'streamClosed'; readonly open: number }
  )

export interface PushFigures {
  readonly operations: number
  /** How many of each kind. */
  readonly results: Readonly<Record<string, number>>
  readonly head: number
  /** How long ago the oldest of the operations was made, by the device's clock: how old queues are. */
  readonly oldestMs: number
}

export interface PageFigures {
  readonly records: number
  readonly hasMore: boolean
  readonly head: number
  /** How long ago the oldest change on the page was made: how far behind devices are. 0 for an empty page. */
  readonly oldestMs: number
}

/** Distributed over event types, so that the time is added last. */
export type Untimed<TEvent = ServerEvent> = TEvent extends unknown ? Omit<TEvent, 'at'> : never
