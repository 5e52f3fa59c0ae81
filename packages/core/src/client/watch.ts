import { EMPTY, catchError, defer, filter, map, startWith, switchMap, type Observable } from 'rxjs'
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

/**
 * Emits what `read` gives now, and again after each change under one of the prefixes. A read that fails (the
 * database is busy, or was closed meanwhile) is skipped: the next change reads again.
 */
export const watch = <TValue>(
  store: Store,
  prefixes: readonly string[],
  read: () => Promise<TValue>,
): Observable<TValue> =>
  store.changes$.pipe(
    filter((change) => touches(change, prefixes)),
    map(() => undefined),
    startWith(undefined),
    switchMap(() => defer(read).pipe(catchError(() => EMPTY))),
  )
