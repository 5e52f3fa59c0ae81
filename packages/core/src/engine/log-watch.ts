import type { LogHead } from '../oplog/entries.ts'
import { logKey } from '../oplog/keys.ts'
import { logHeadOf } from '../oplog/stored.ts'
import type { Store } from '../storage/store.ts'
import { watchEntry } from '../storage/watch-entry.ts'

/** Knows the newest head of one scope's log that this tab has heard of, whichever way. */
export interface LogWatch {
  readonly read: () => Promise<LogHead>
  readonly close: () => void
}

/** `onChanged` is told of each newer head, never of one that is older than it was told before. */
export const watchLog = (store: Store, scope: string, onChanged: (head: LogHead) => void): LogWatch => {
  const watch = watchEntry(store, logKey(scope), (value) => onChanged(logHeadOf(value)))
  return { read: async () => logHeadOf(await watch.read()), close: watch.close }
}
