import { SyncError } from '@holdfast/core'
import { serverAuthor } from '@holdfast/core/protocol'
import type { ServerStore, WriteTransaction } from '../store/contract.ts'
import { eventOf } from './event.ts'

/**
 * Adds an event to each batch that changes something.
 * @throws SyncError MISCONFIGURED where the store keeps none
 */
export const outboxStore = <TDatabase>(store: ServerStore<TDatabase>): ServerStore<TDatabase> => {
  if (store.outbox === undefined) {
    throw new SyncError('MISCONFIGURED', 'outbox: this store keeps no events.', { option: 'outbox' })
  }
  return {
    ...store,
    write: (scope, run) => store.write(scope, (tx) => run(telling(tx))),
    writeBoth: (scopes, run) =>
      store.writeBoth(scopes, (first, second) => run(telling(first), telling(second))),
  }
}

const telling = <TDatabase>(tx: WriteTransaction<TDatabase>): WriteTransaction<TDatabase> => ({
  ...tx,
  save(changes) {
    const event = changes.head === undefined ? undefined : eventOf(changes, serverAuthor)
    return tx.save(event === undefined ? changes : { ...changes, event })
  },
})
