import type { Environment } from '../base/environment.ts'
import { toSyncError } from '../base/to-sync-error.ts'
import type { SyncError } from '../base/errors.ts'
import type { SyncActivity } from '../model/events.ts'
import { hasMortalOperations, recordLifetime } from '../model/lifetime.ts'
import type { Schema } from '../model/schema.ts'
import { expireOperations } from '../oplog/expiry/expire-operations.ts'
import { hideRecords } from '../oplog/expiry/hide-records.ts'
import type { SessionTime } from '../base/session-time.ts'
import { logKey } from '../oplog/keys.ts'
import { logHeadOf } from '../oplog/stored.ts'
import type { ExpirableQueue } from '../plugin/hooks.ts'
import type { HookRunner } from '../plugin/hook-runner.ts'
import type { Store } from '../storage/store.ts'
import { takingTurns } from './turns.ts'

export interface ExpireContext {
  readonly scope: string
  readonly store: Store
  readonly schema: Schema
  readonly environment: Environment
  readonly hooks: HookRunner
  readonly session?: SessionTime | undefined
  readonly tell: (make: () => SyncActivity) => void
  readonly onProblem: (error: SyncError) => void
}

const canExpire = ({ schema, session }: ExpireContext): boolean =>
  session !== undefined &&
  Object.values(schema.collections).some(
    (definition) => hasMortalOperations(definition) || recordLifetime(definition) !== Infinity,
  )

/** Remembers what is there now: what is heard of the server next comes after it. */
export const sight = async (context: ExpireContext): Promise<void> => {
  if (!canExpire(context)) return
  const { store, scope, session } = context
  session?.sight(scope, logHeadOf((await store.get(logKey(scope)))?.value).nextLocalSeq)
}

/** How much time passed since the server was heard can't be told: it has to be asked before anything expires, or goes. */
export const isTimeUnsure = (context: ExpireContext): boolean =>
  canExpire(context) && context.session?.isStale(context.scope) === true

/**
 * Lets plugins end what was never sent and is over. A failure is told, and ends nothing.
 * @returns milliseconds until the next operation may be due; undefined: none is left
 */
export const expire = async (context: ExpireContext, signal?: AbortSignal): Promise<number | undefined> => {
  const { scope, store, schema, environment, hooks, session, tell, onProblem } = context
  if (!canExpire(context) || session === undefined || !hooks.has('expireQueue')) return undefined
  const giveTurn = takingTurns(environment)
  try {
    await sight(context)
    const { expired, next } = await expireOperations({
      ...{ store, schema, scope, session },
      decide: (queue: ExpirableQueue) => hooks.waterfall('expireQueue', queue),
      async turn() {
        signal?.throwIfAborted()
        await giveTurn()
      },
    })
    if (expired.length > 0) tell(() => ({ type: 'expired', scope, operations: expired }))
    return next
  } catch (error) {
    signal?.throwIfAborted()
    onProblem(toSyncError(error))
    return undefined
  }
}

/**
 * Hides the records of a scope that are over. A failure is told, and hides nothing.
 * @returns milliseconds until the next one is due; undefined: none is
 */
export const hide = async (context: ExpireContext): Promise<number | undefined> => {
  const { scope, store, schema, environment, session, onProblem } = context
  if (session === undefined) return undefined
  try {
    const turn = takingTurns(environment)
    return (await hideRecords({ store, schema, scope, session, turn })).next
  } catch (error) {
    onProblem(toSyncError(error))
    return undefined
  }
}
