import { Subject, type Observable } from 'rxjs'
import type { RecordData } from '../model/record.ts'
import { recordEntry } from '../oplog/entries.ts'
import { recordAddressOf, type RecordAddress } from '../oplog/keys.ts'
import type { ChangedEntry, Store } from '../storage/store.ts'

/** A record as the app sees it from now on. */
export interface ShownRecord extends RecordAddress {
  /** Undefined: there is none any more. */
  readonly record: RecordData | undefined
  readonly revision: number
}

export type FeedEvent =
  /** One commit's records. */
  | { readonly kind: 'records'; readonly records: readonly ShownRecord[] }
  /** Something changed, and nobody knows what: read again. */
  | { readonly kind: 'unknown' }

/** How many keys are remembered to drop what arrives late. */
const remembered = 4_096

/**
 * What the app sees, as it changes: by this tab at once, by other tabs once it was read. Never goes back: what
 * arrives after something newer of the same record is dropped.
 */
export const createRecordFeed = (
  store: Store,
): { readonly feed$: Observable<FeedEvent>; readonly close: () => void } => {
  const feed$ = new Subject<FeedEvent>()
  const newest = new Map<string, number>()

  const isNews = ({ key, revision }: ChangedEntry): boolean => {
    if ((newest.get(key) ?? 0) >= revision) return false
    newest.delete(key)
    newest.set(key, revision)
    if (newest.size > remembered) {
      for (const oldest of newest.keys()) {
        newest.delete(oldest)
        break
      }
    }
    return true
  }

  const publish = (entries: readonly ChangedEntry[]): void => {
    const records = entries.flatMap((entry): ShownRecord[] => {
      const address = entry.key.startsWith('rec/') ? recordAddressOf(entry.key) : undefined
      if (address === undefined || !isNews(entry)) return []
      const record = entry.value === undefined ? undefined : recordEntry.decode(entry.value).shown
      return [{ ...address, record, revision: entry.revision }]
    })
    if (records.length > 0) feed$.next({ kind: 'records', records })
  }

  const readExternal = async (keys: readonly string[]): Promise<void> => {
    const records = keys.filter((key) => key.startsWith('rec/'))
    if (records.length === 0) return
    const entries = await store.read(records.map((key) => ({ get: key })))
    publish(entries.flatMap((entry) => (entry === undefined ? [] : [entry])))
  }

  const subscription = store.changes$.subscribe((change) => {
    switch (change.kind) {
      case 'own':
        return publish(change.entries)
      case 'external':
        // A failed read leaves what is shown as it was; whoever reads again gets the error.
        return void readExternal(change.keys).catch(() => feed$.next({ kind: 'unknown' }))
      case 'all':
        return feed$.next({ kind: 'unknown' })
    }
  })

  return {
    feed$,
    close() {
      subscription.unsubscribe()
      feed$.complete()
    },
  }
}
