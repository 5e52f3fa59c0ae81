import type { ReadTransaction, ServerStore, WriteTransaction } from '@holdfast/server'
import {
  createMemoryServerState,
  memoryServerStore,
  serverStoreConformance,
  type MemoryServerState,
} from '@holdfast/server/testing'
import { expect, test } from 'vitest'

type Break = (store: ServerStore, state: MemoryServerState) => ServerStore

const failingRules = async (broken: Break): Promise<readonly string[]> => {
  const runs: Promise<string | undefined>[] = []
  serverStoreConformance({
    test(name, run) {
      const rule = /^\[(SS\d+)\]/.exec(name)?.[1]
      runs.push(
        run().then(
          () => undefined,
          () => rule,
        ),
      )
    },
    store: async () => {
      const state = createMemoryServerState()
      const create = (): ServerStore => broken(memoryServerStore({ state }), state)
      return { store: create(), another: async () => create(), dispose: async () => undefined }
    },
  })
  return (await Promise.all(runs)).filter((rule) => rule !== undefined)
}

const reading = (
  store: ServerStore,
  change: (tx: ReadTransaction) => Partial<ReadTransaction>,
): ServerStore => ({
  ...store,
  read: (scope, run) => store.read(scope, (tx) => run({ ...tx, ...change(tx) })),
  write: (scope, run) => store.write(scope, (tx) => run({ ...tx, ...change(tx) })),
})

const pruning = (
  store: ServerStore,
  change: (tx: WriteTransaction) => WriteTransaction['prune'],
): ServerStore => ({
  ...store,
  write: (scope, run) => store.write(scope, (tx) => run({ ...tx, prune: change(tx) })),
})

const broken: readonly { readonly name: string; readonly fails: string; readonly break: Break }[] = [
  { name: 'nothing', fails: '', break: (store) => store },
  {
    name: 'the lock: a write works on what it read before',
    fails: 'SS6 SS7',
    break: (store, state) => {
      const alone = memoryServerStore({ state: { ...state, locks: new Map() } }) as ServerStore
      return { ...store, write: (scope, run) => alone.write(scope, run) }
    },
  },
  {
    name: 'attempts: what is not kept stays',
    fails: 'SS30',
    break: (store) => ({
      ...store,
      write: (scope, run) =>
        store.write(scope, (tx) => run({ ...tx, attempt: async (part) => (await part()).value })),
    }),
  },
  {
    name: 'atomicity: what was saved stays when the write fails',
    fails: 'SS3 SS38 SS40',
    break: (store) => ({
      ...store,
      async write(scope, run) {
        const outcome = await store.write(scope, async (tx) => {
          try {
            return { result: await run(tx) }
          } catch (error) {
            return { error }
          }
        })
        if ('result' in outcome) return outcome.result
        throw outcome.error
      },
    }),
  },
  {
    name: 'the snapshot: each read looks again',
    fails: 'SS8',
    break: (store) => ({
      ...store,
      read: (scope, run) =>
        store.read(scope, (tx) =>
          run({
            ...tx,
            changesAfter: (seq, limit) => store.read(scope, (later) => later.changesAfter(seq, limit)),
          }),
        ),
    }),
  },
  {
    name: 'history: any nonce is known',
    fails: 'SS3 SS8 SS9 SS16 SS32',
    break: (store) => reading(store, () => ({ knows: async () => true })),
  },
  {
    name: 'forgetting: what is asked for a moment is done up to the next one',
    fails: 'SS31 SS32 SS33 SS34 SS35 SS36 SS39',
    break: (store) =>
      pruning(store, (tx) => (request) => tx.prune({ ...request, before: request.before + 1 })),
  },
  {
    name: 'forgetting: prunedTo is raised and nothing removed',
    fails: 'SS31 SS32 SS33 SS34 SS35 SS36 SS39',
    break: (store) => pruning(store, (tx) => (request) => tx.prune({ ...request, limit: 0 })),
  },
  {
    name: 'versions: a tombstone is none',
    fails: 'SS45',
    break: (store) =>
      reading(store, (tx) => ({
        versions: async (keys) => (await tx.versions(keys)).filter(({ deleted }) => !deleted),
      })),
  },
  {
    name: 'versions: they bring the data along',
    fails: 'SS45',
    break: (store) => reading(store, (tx) => ({ versions: (keys) => tx.records(keys) })),
  },
  {
    name: 'the start of a page: it comes again',
    fails: 'SS11',
    break: (store) =>
      reading(store, (tx) => ({ changesAfter: (seq, limit) => tx.changesAfter(seq - 1, limit) })),
  },
  {
    name: 'the order of keys: pages go by seq',
    fails: 'SS28',
    break: (store) =>
      reading(store, (tx) => ({
        recordsAfter: async (key, limit) =>
          (await tx.recordsAfter(key, 1000)).toSorted((left, right) => left.seq - right.seq).slice(0, limit),
      })),
  },
  {
    name: 'the start of a page of keys: it comes again',
    fails: 'SS29',
    break: (store) =>
      reading(store, (tx) => ({
        recordsAfter: async (key, limit) => [
          ...(key === undefined || limit < 10 ? [] : await tx.records([key])),
          ...(await tx.recordsAfter(key, limit)),
        ],
      })),
  },
  {
    name: 'the count of records: tombstones are among them',
    fails: 'SS46',
    break: (store) =>
      reading(store, (tx) => ({
        countRecords: async (most) => (await tx.changesAfter(0, most)).length,
      })),
  },
]

for (const { name, fails, break: breaks } of broken) {
  test(`a store that breaks ${name} fails the kit`, async () => {
    expect((await failingRules(breaks)).join(' ')).toBe(fails)
  })
}
