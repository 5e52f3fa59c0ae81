import type { Store } from './store.ts'

/** Knows the newest value of one key that this tab has heard of, whichever way. */
export interface EntryWatch {
  /** Reads it, and tells where that is news. */
  readonly read: () => Promise<string | undefined>
  readonly close: () => void
}

/** `onChanged` is told of each newer value, never of one that is older than it was told before. */
export const watchEntry = (
  store: Store,
  key: string,
  onChanged: (value: string | undefined) => void,
): EntryWatch => {
  let newest: { readonly revision: number; readonly value: string | undefined } = {
    revision: 0,
    value: undefined,
  }

  const learn = (value: string | undefined, revision: number): void => {
    if (revision <= newest.revision) return
    newest = { revision, value }
    onChanged(value)
  }

  const read = async (): Promise<string | undefined> => {
    const before = newest
    const stored = await store.get(key)
    if (stored !== undefined) learn(stored.value, stored.revision)
    else if (newest === before && newest.value !== undefined) {
      newest = { ...newest, value: undefined }
      onChanged(undefined)
    }
    return newest.value
  }

  const subscription = store.changes$.subscribe((change) => {
    if (change.kind === 'own') {
      for (const entry of change.entries) if (entry.key === key) learn(entry.value, entry.revision)
      return
    }
    // A failed read leaves things as they were; the next one reads again.
    if (change.kind === 'all' || change.keys.includes(key)) void read().catch(() => undefined)
  })

  return { read, close: () => subscription.unsubscribe() }
}
