import {
  checkBatch,
  checkRequests,
  scanRange,
  type CommitBatch,
  type Database,
  type Entry,
  type ReadRequest,
  type ReadResults,
} from '@holdfast/core/storage'
import { closed, conflict } from '../shared/refusals.ts'
import type { Room } from '../shared/room.ts'
import type { SortedEntries } from './sorted-entries.ts'

/** What all handles on one name share. */
export interface MemoryStore {
  readonly entries: SortedEntries
  readonly room: Room
  revision: number
}

const answer = ({ entries }: MemoryStore, request: ReadRequest): Entry | undefined | readonly Entry[] => {
  if ('get' in request) return entries.get(request.get)
  const { from, to } = scanRange(request)
  return entries.range(from, to, request.limit ?? Infinity, request.reverse ?? false)
}

const perform = (store: MemoryStore, { expect, writes }: CommitBatch): number => {
  for (const { key, revision } of expect) {
    if ((store.entries.get(key)?.revision ?? 0) !== revision) throw conflict(key)
  }
  store.revision += 1
  for (const { key, value } of writes) {
    if (value === undefined) store.entries.delete(key)
    else store.entries.set(Object.freeze({ key, value, revision: store.revision }))
  }
  return store.revision
}

export const openMemoryDatabase = (name: string, store: MemoryStore): Database => {
  let isOpen = true
  const close = (): void => {
    isOpen = false
    member.leave()
  }
  const member = store.room.enter(close)
  const assertOpen = (): void => {
    if (!isOpen) throw closed(name)
  }

  return {
    externalCommits$: member.heard$,

    async read<const TRequests extends readonly ReadRequest[]>(requests: TRequests) {
      assertOpen()
      checkRequests(requests)
      return requests.map((request) => answer(store, request)) as ReadResults<TRequests>
    },

    async commit(batch) {
      assertOpen()
      checkBatch(batch)
      const keys = batch.writes.map(({ key }) => key)
      const revision = perform(store, batch)
      await Promise.resolve()
      if (keys.length > 0) member.tellOthers({ keys, revision })
      return { revision }
    },

    async close() {
      close()
    },
  }
}
