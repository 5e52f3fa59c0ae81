import { Subject, type Observable } from 'rxjs'
import type { RecordData } from '../model/record.ts'
import { logHeadEntry, recordEntry } from '../oplog/entries.ts'
import { recordAddressOf, scopeOfLogKey, type RecordAddress } from '../oplog/keys.ts'
import type { ChangedEntry, Store } from '../storage/store.ts'

/** A record as the app sees it from now on. */
export interface ShownRecord extends RecordAddress {
  /** The key that it is stored under. */
  readonly key: string
  /** Undefined: there is none any more. */
  readonly record: RecordData | undefined
}

/** What one commit changed in one scope: it leads from one revision of the scope's log to the next. */
export interface CommitEvent {
  readonly kind: 'commit'
  readonly scope: string
  /** The revision of the log that it followed. Whoever is not there yet has missed something. */
  readonly after: number
  readonly revision: number
  /** The scope was left: nothing of it is shown any more. */
  readonly left: boolean
  readonly records: readonly ShownRecord[]
}

export type FeedEvent =
  | CommitEvent
  /** Something changed, and nobody knows what: read again. */
  | { readonly kind: 'unknown' }

/** What the app sees, as it changes: by this tab at once, by other tabs once it was read. In any order. */
export const createRecordFeed = (
  store: Store,
): { readonly feed$: Observable<FeedEvent>; readonly readAgain: () => void; readonly close: () => void } => {
  const feed$ = new Subject<FeedEvent>()

  const publish = (entries: readonly ChangedEntry[]): void => {
    const logs = entries.flatMap(toLog)
    if (logs.length === 0) return
    const records = entries.flatMap(toShown)
    // What is shown changes only with the log: without it, a record took its final place and looks as before.
    for (const log of logs) {
      const { scope } = log
      feed$.next({
        kind: 'commit',
        ...log,
        records: records.filter((record) => record.scope === scope),
      })
    }
  }

  /** Exact where what can be read now is still as the commit left it. */
  const readExternal = async (keys: readonly string[], revision: number | undefined): Promise<void> => {
    if (keys.every((key) => scopeOfLogKey(key) === undefined)) return
    const concerned = keys.filter((key) => key.startsWith('rec/') || scopeOfLogKey(key) !== undefined)
    const read = await store.read(concerned.map((key) => ({ get: key })))
    const entries = concerned.map(
      (key, index): ChangedEntry => read[index] ?? { key, value: undefined, revision: 0 },
    )
    const isExact = entries.every((entry) => entry.value === undefined || entry.revision === revision)
    if (isExact) publish(entries)
    else readAgain()
  }

  const readAgain = (): void => feed$.next({ kind: 'unknown' })

  const subscription = store.changes$.subscribe((change) => {
    // Whoever comes later begins with what is there then.
    if (!feed$.observed) return
    switch (change.kind) {
      case 'own':
        return publish(change.entries)
      case 'external':
        // A failed read leaves what is shown as it was; whoever reads again gets the error.
        return void readExternal(change.keys, change.revision).catch(readAgain)
      case 'all':
        return readAgain()
    }
  })

  return {
    feed$,
    readAgain,
    close() {
      subscription.unsubscribe()
      feed$.complete()
    },
  }
}

const toShown = ({ key, value }: ChangedEntry): readonly ShownRecord[] => {
  const address = key.startsWith('rec/') ? recordAddressOf(key) : undefined
  if (address === undefined) return []
  let decoded: { readonly shown: RecordData | undefined } | undefined
  return [
    {
      ...address,
      key,
      // Most records of a commit concern nobody who is subscribed, and some concern many.
      get record() {
        decoded ??= value === undefined ? { shown: undefined } : recordEntry.decode(value)
        return decoded.shown
      },
    },
  ]
}

const toLog = ({ key, value, revision }: ChangedEntry): readonly Omit<CommitEvent, 'kind' | 'records'>[] => {
  const scope = scopeOfLogKey(key)
  if (scope === undefined || value === undefined) return []
  const { after, left = false } = logHeadEntry.decode(value)
  return [{ scope, after, revision, left }]
}
