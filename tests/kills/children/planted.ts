import { setTimeout as pause } from 'node:timers/promises'
import type { StorageAdapter } from '@holdfast/core/storage'
import type { ServerStore } from '@holdfast/server'

/** Faults that the checks have to notice. */

const gapMs = 10

/** Commits in two parts, some time apart: a record comes after its operation. */
export const tearing = (storage: StorageAdapter): StorageAdapter => ({
  ...storage,
  async open(name) {
    const database = await storage.open(name)
    return {
      ...database,
      async commit({ expect, writes }) {
        const isRecord = ({ key }: { readonly key: string }): boolean => key.startsWith('rec/')
        await database.commit({ expect, writes: writes.filter((write) => !isRecord(write)) })
        await pause(gapMs)
        return database.commit({ expect: [], writes: writes.filter(isRecord) })
      },
    }
  },
})

/** Stores rows in one transaction, and which operations made them in the next one. */
export const forgetful = <TDatabase>(store: ServerStore<TDatabase>): ServerStore<TDatabase> => ({
  ...store,
  async write(at, run) {
    let saved: readonly Changes[] = []
    const result = await store.write(at, (tx) => {
      saved = []
      return run({
        ...tx,
        save(changes) {
          saved = [...saved, changes]
          return tx.save({ rows: changes.rows, operations: [], resends: [], head: changes.head })
        },
      })
    })
    await pause(gapMs)
    await store.write(at, async (tx) => {
      for (const { operations, resends, client } of saved) {
        if (client !== undefined) await tx.client(client.clientId)
        await tx.save({ rows: [], operations, resends, client })
      }
    })
    return result
  },
})

type Changes = Parameters<Parameters<Parameters<ServerStore['write']>[1]>[0]['save']>[0]
