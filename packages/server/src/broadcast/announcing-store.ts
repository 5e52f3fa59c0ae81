import type { Logger } from '../logger.ts'
import type { ServerStore, WriteTransaction } from '../store/contract.ts'
import type { Broadcaster } from './broadcaster.ts'

/** Publishes each head that a committed transaction raised, whoever wrote. */
export const announcingStore = <TDatabase>(
  store: ServerStore<TDatabase>,
  broadcaster: Pick<Broadcaster, 'publish'>,
  logger: Logger,
): ServerStore<TDatabase> => {
  const announce = (heads: ReadonlyMap<string, number>): void => {
    for (const [scope, head] of heads) {
      try {
        broadcaster.publish({ scope, head })
      } catch (error) {
        logger.error('The broadcaster failed.', { scope, error })
      }
    }
  }
  return {
    ...store,
    async write(scope, run) {
      let heads = new Map<string, number>()
      const result = await store.write(scope, (tx) => {
        // It may be run again.
        heads = new Map()
        return run(noting(tx, scope, heads))
      })
      announce(heads)
      return result
    },
    async writeBoth(scopes, run) {
      let heads = new Map<string, number>()
      const result = await store.writeBoth(scopes, (first, second) => {
        heads = new Map()
        return run(noting(first, scopes[0], heads), noting(second, scopes[1], heads))
      })
      announce(heads)
      return result
    },
  }
}

const noting = <TDatabase>(
  tx: WriteTransaction<TDatabase>,
  scope: string,
  heads: Map<string, number>,
): WriteTransaction<TDatabase> => ({
  ...tx,
  async save(changes) {
    await tx.save(changes)
    if (changes.head !== undefined) heads.set(scope, changes.head.head)
  },
})
