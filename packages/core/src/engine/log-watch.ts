import { emptyLogHead, logHeadEntry, type LogHead } from '../oplog/entries.ts'
import { logKey } from '../oplog/keys.ts'
import type { Store } from '../storage/store.ts'

/** Knows the newest head of one scope's log that this tab has heard of, whichever way. */
export interface LogWatch {
  readonly read: () => Promise<LogHead>
  readonly close: () => void
}

/** `onChanged` is told of each newer head, never of one that is older than it was told before. */
export const watchLog = (store: Store, scope: string, onChanged: (head: LogHead) => void): LogWatch => {
  const key = logKey(scope)
  let newest = { revision: 0, head: emptyLogHead }

  const learn = (value: string, revision: number): void => {
    if (revision <= newest.revision) return
    newest = { revision, head: logHeadEntry.decode(value) }
    onChanged(newest.head)
  }

  const read = async (): Promise<LogHead> => {
    const stored = await store.get(key)
    if (stored !== undefined) learn(stored.value, stored.revision)
    return newest.head
  }

  const subscription = store.changes$.subscribe((change) => {
    if (change.kind === 'own') {
      for (const entry of change.entries) {
        if (entry.key === key && entry.value !== undefined) learn(entry.value, entry.revision)
      }
      return
    }
    // A failed read leaves things as they were; the next run reads again.
    if (change.kind === 'all' || change.keys.includes(key)) void read().catch(() => undefined)
  })

  return { read, close: () => subscription.unsubscribe() }
}
