import type { SyncClientOptions } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import type { SyncOptions } from '@holdfast/server'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { recordEntry } from '../../src/oplog/entries.ts'
import { stagePrefix } from '../../src/oplog/keys.ts'
import { dropSome } from '../../src/oplog/staging/drop.ts'
import { foldSome } from '../../src/oplog/staging/fold.ts'
import { readPullPlace, stagePage } from '../../src/oplog/staging/stage-page.ts'
import { swap } from '../../src/oplog/swap.ts'
import { createStore, type Store } from '../../src/storage/store.ts'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { schema, type Collections } from '../support/schema.ts'
import { localServer, scope } from '../support/transports.ts'

/** Records of a page, everywhere here. */
export const page = 3

export interface StagingWorld extends AsyncDisposable {
  readonly server: ReturnType<typeof localServer>
  readonly storage: StorageAdapter
  /** Somebody else, who fills the scope. */
  readonly other: TestClient
  /** A tab of the device. */
  readonly tab: (options?: Partial<SyncClientOptions<Collections>>) => Promise<TestClient>
  /** The device's database, for a look, or for one step by hand. */
  readonly store: Store
}

type ServerOptions = Parameters<typeof localServer>[0]

export const openWorld = async (
  count: number,
  options: Partial<SyncOptions<never, undefined>> = {},
): Promise<StagingWorld> => {
  const server = localServer({ limits: { page, maxPage: page }, ...(options as ServerOptions) })
  const storage = memoryStorage()
  const other = await openClient({ user: 'u-2', transport: server('u-2') })
  for (let index = 0; index < count; index += 1) {
    await other.client.collections.tasks.create({ id: idOf(index), title: `${index}` })
  }
  await sync(other)
  other.client.pause()
  const tabs: TestClient[] = []
  const store = createStore(await storage.open('u-1'))
  return {
    server,
    storage,
    other,
    store,
    async tab(given = {}) {
      const tab = await openClient({ storage, transport: server('u-1'), ...given })
      tabs.push(tab)
      return tab
    },
    async [Symbol.asyncDispose]() {
      for (const { client } of tabs) await client.close()
      await other.client.close()
      await store.close()
    },
  }
}

export const idOf = (index: number): string => `r-${String(index).padStart(3, '0')}`

export const stagedIds = async (store: Store): Promise<readonly unknown[]> => {
  const [rows] = await store.read([{ scan: stagePrefix(scope) }])
  return rows.map(({ value }) => recordEntry.decode(value).base?.data['id'])
}

/** Pulls like a run, by hand: all pages staged, then flipped, and nothing folded. */
export const flipByHand = async (
  { store, server }: Pick<StagingWorld, 'store' | 'server'>,
  clientId: string,
): Promise<void> => {
  const transport = server('u-1')
  const signal = new AbortController().signal
  for (;;) {
    const place = await readPullPlace(store, scope)
    const { staging } = place
    const cursor = staging.kind === 'pull' ? staging.cursor : place.cursor
    const { hasMore, changes, ...head } = await transport.pull(
      { protocol: 2, clientId, scope, cursor },
      { signal },
    )
    const next = { kind: 'pull' as const, cursor: head.cursor }
    const staged = await stagePage(store, scope, place, { changes, next })
    if (hasMore) continue
    const { cursorRevision } = place
    const newHead = { ...head, changes: [], cursorRevision, generation: staged?.generation }
    const now = 1_750_000_000_000
    const result = await swap(store, schema, scope, {
      verdicts: new Map(),
      undecided: new Set<string>(),
      newHead,
      now,
      clockOffset: 0,
    })
    if (result.kind !== 'swapped') throw new Error(`The flip was ${result.kind}.`)
    return
  }
}

/** Folds at most so many rows; true where that was the end. */
export const fold = async (store: Store, most: number): Promise<boolean> =>
  (await foldSome(store, schema, scope, most)).isLast

/** Removes at most so many rows of a generation that nobody wants; true where that was the end. */
export const drop = async (store: Store, most: number, unwanted: number): Promise<boolean> =>
  (await dropSome(store, scope, { most, unwanted })).isLast
