import { type Observable, filter, from, map, startWith, switchMap } from 'rxjs'
import type { Store, StoreChange } from '../storage/store.ts'

const touches = (change: StoreChange, prefixes: readonly string[]): boolean => {
  switch (change.kind) {
    case 'all':
      return true
    case 'own':
      return change.entries.some(({ key }) => prefixes.some((prefix) => key.startsWith(prefix)))
    case 'external':
      return change.keys.some((key) => prefixes.some((prefix) => key.startsWith(prefix)))
  }
}

/** Emits what `read` gives now, and again after each change under one of the prefixes. */
export const watch = <TValue>(
  store: Store,
  prefixes: readonly string[],
  read: () => Promise<TValue>,
): Observable<TValue> =>
  store.changes$.pipe(
    filter((change) => touches(change, prefixes)),
    map(() => undefined),
    startWith(undefined),
    switchMap(() => from(read())),
  )
