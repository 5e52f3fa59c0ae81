import { toSyncError } from '../base/to-sync-error.ts'
import { expireOperations } from '../oplog/expiry/expire-operations.ts'
import { hideRecords } from '../oplog/expiry/hide-records.ts'
import type { ExpiryPart } from '../plugin/core-part.ts'
import type { ExpirableQueue } from '../plugin/hooks.ts'
import { canExpire, sight } from './know-time.ts'
import { takingTurns } from './turns.ts'

/**
 * Lets plugins end what was never sent and is over. A failure is told, and ends nothing.
 * @returns milliseconds until the next operation may be due; undefined: none is left
 */
const expire: ExpiryPart['expire'] = async (context, signal) => {
  const { scope, store, schema, environment, hooks, session, tell, onProblem } = context
  if (session === undefined || !canExpire(schema) || !hooks.has('expireQueue')) return undefined
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
const hide: ExpiryPart['hide'] = async ({ scope, store, schema, environment, session, onProblem }) => {
  if (session === undefined) return undefined
  try {
    const turn = takingTurns(environment)
    return (await hideRecords({ store, schema, scope, session, turn })).next
  } catch (error) {
    onProblem(toSyncError(error))
    return undefined
  }
}

export const expiryPart: ExpiryPart = { kind: 'expiry', expire, hide }
