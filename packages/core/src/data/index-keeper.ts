import type { Cancel, Timers } from '../base/environment.ts'
import { hasCode } from '../base/errors.ts'
import type { Schema } from '../model/schema.ts'
import { stepIndexes } from '../oplog/index-upkeep.ts'
import type { Store } from '../storage/store.ts'
import { retryDelay } from './retry-delay.ts'

export interface IndexKeeperOptions {
  readonly store: Store
  readonly schema: Schema
  readonly scope: string
  readonly timers: Timers
  /** Told of failures that are tried again. */
  readonly onProblem: (error: unknown) => void
}

/** Makes the indexes of a scope what the schema declares, in the background. */
export interface IndexKeeper {
  /** Resolves once new indexes are announced, and built where there is little to build. Never rejects. */
  readonly start: () => Promise<void>
  readonly close: () => void
}

export const createIndexKeeper = (options: IndexKeeperOptions): IndexKeeper => {
  const { store, schema, scope, timers, onProblem } = options
  let isClosed = false
  let failures = 0
  let cancelRetry: Cancel = () => undefined

  /** True when there is more to do now. */
  const step = async (): Promise<boolean> => {
    if (isClosed) return false
    try {
      const hasMore = await store.update((workspace) => stepIndexes(workspace, scope, schema))
      failures = 0
      return hasMore
    } catch (error) {
      if (isClosed || hasCode(error, 'CLOSED')) return false
      onProblem(error)
      cancelRetry = timers.after(retryDelay(failures), () => void run())
      failures += 1
      return false
    }
  }

  const run = async (): Promise<void> => {
    while (await step());
  }

  return {
    async start() {
      if ((await step()) && (await step())) void run()
    },
    close() {
      isClosed = true
      cancelRetry()
    },
  }
}
