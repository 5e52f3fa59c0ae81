import type { EventKey, OutboxStore } from '../contract.ts'
import type { MemoryServerState, NewEvent, StoredEvent } from './state.ts'

const keyOf = ({ scope, head }: EventKey): string => `${head} ${scope}`

/** What a commit adds. Within a scope the times go up, as the heads do. */
export const addEvents = (
  { outbox }: MemoryServerState,
  scope: string,
  events: readonly NewEvent[],
): void => {
  for (const { head, event, at } of events) {
    const times = [...outbox.values()].filter((stored) => stored.scope === scope)
    const storedAt = Math.max(at, ...times.map((stored) => stored.storedAt))
    const key = { scope, head }
    outbox.set(keyOf(key), { ...key, event, storedAt, claimedUntil: 0, claimedBy: '', attempts: 0 })
  }
}

const byAge = (left: StoredEvent, right: StoredEvent): number => {
  if (left.scope === right.scope) return left.head - right.head
  return left.storedAt - right.storedAt || (left.scope < right.scope ? -1 : 1)
}

/** `OutboxStore` in memory. */
export const createMemoryOutbox = ({ outbox }: MemoryServerState): OutboxStore => {
  const claimed = (by: string, keys: readonly EventKey[]): readonly StoredEvent[] =>
    keys.flatMap((key) => {
      const stored = outbox.get(keyOf(key))
      return stored?.claimedBy === by ? [stored] : []
    })
  return {
    async claim({ by, now, until, limit }) {
      const all = [...outbox.values()].sort(byAge)
      const busy = new Set<string>()
      const free: StoredEvent[] = []
      for (const stored of all) {
        if (stored.claimedUntil > now) busy.add(stored.scope)
        else if (!busy.has(stored.scope) && free.length < limit) free.push(stored)
      }
      for (const stored of free) {
        const taken = { claimedBy: by, claimedUntil: until, attempts: stored.attempts + 1 }
        outbox.set(keyOf(stored), { ...stored, ...taken })
      }
      return free.map(({ scope, head, event, attempts }) => ({ scope, head, event, attempts }))
    },
    async remove(by, keys) {
      for (const stored of claimed(by, keys)) outbox.delete(keyOf(stored))
    },
    async release(by, keys, from) {
      for (const stored of claimed(by, keys))
        outbox.set(keyOf(stored), { ...stored, claimedBy: '', claimedUntil: from })
    },
  }
}
