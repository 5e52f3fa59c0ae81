import {
  definePlugin,
  type Draft,
  type ExpirableQueue,
  type Plugin,
  type Schema,
  type SyncState,
} from '@holdfast/core'
import { expiryPart } from '@holdfast/core/parts'
import { lifetimeOfWrite } from '@holdfast/core/protocol'
import { createAlarm } from './alarm.ts'
import { isOver } from './is-over.ts'

const connected: ReadonlySet<SyncState['status']> = new Set(['syncing', 'synced', 'attention'])

/** What is written now leaves at once, also while other records wait for a person, or pulls for another network. */
const leavesAtOnce = (state: SyncState): boolean =>
  connected.has(state.status) || (state.status === 'metered' && state.waits === 'pulls')

/**
 * Ends operations that were never sent when the lifetime is over that the schema gives them, before a sync run sends and
 * when it is time; keeps those that are to be dropped out of the queue while the client is not connected. Each client
 * needs its own.
 */
export const ttl = (): Plugin<'ttl'> => {
  let schema: Schema | undefined
  let isConnected = false
  let check: () => void = () => undefined

  const isDropped = ({ collection, type, payload }: Draft): boolean => {
    const definition = schema?.collections[collection]
    return definition !== undefined && lifetimeOfWrite(definition, { type, payload }) === 'drop'
  }

  return definePlugin({
    name: 'ttl',
    parts: [expiryPart],
    setup(context) {
      schema = context.schema
      const alarm = createAlarm(context)
      check = alarm.ring
    },
    hooks: {
      beforeEnqueue: {
        // What other plugins make of the write counts.
        order: 'last',
        handler: (draft: Draft) => (!isConnected && isDropped(draft) ? { ...draft, drop: true } : draft),
      },
      expireQueue: (queue: ExpirableQueue) => {
        const over = queue.operations.filter((one) => isOver(one, isConnected))
        return { ...queue, expired: [...queue.expired, ...over.map(({ operation }) => operation.id)] }
      },
      // What was pulled may be over, or due sooner.
      onMaintenance: () => check(),
      onStateChange: (state: SyncState) => {
        const was = isConnected
        isConnected = leavesAtOnce(state)
        // What could not be sent at once is not sent later.
        if (was && !isConnected) check()
      },
    },
  })
}
