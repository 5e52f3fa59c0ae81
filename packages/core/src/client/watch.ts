import { Observable } from 'rxjs'
import { switchTo } from '../base/streams.ts'
import type { Store, StoreChange } from '../storage/store.ts'
import type { ScopeNames } from './scope-registry.ts'

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
  new Observable((subscriber) => {
    let reading: Promise<void> | undefined
    let isOver = false
    const look = (): void => {
      const own = read()
        .then(
          (value) => {
            if (reading === own) subscriber.next(value)
          },
          () => undefined,
        )
        .then(() => {
          if (reading !== own) return
          reading = undefined
          if (isOver) subscriber.complete()
        })
      reading = own
    }
    look()
    return store.changes$.subscribe({
      next(change) {
        if (touches(change, prefixes)) look()
      },
      complete() {
        isOver = true
        if (reading === undefined) subscriber.complete()
      },
    })
  })

export interface ScopesView<TValue> {
  readonly prefixesOf: (scope: string) => readonly string[]
  readonly read: (scopes: readonly string[]) => Promise<TValue>
}

/** As `watch`, of all joined scopes, and again when a scope is joined or left. */
export const watchScopes = <TValue>(
  store: Store,
  { names$ }: ScopeNames,
  { prefixesOf, read }: ScopesView<TValue>,
): Observable<TValue> =>
  switchTo(names$, (scopes) => watch(store, scopes.flatMap(prefixesOf), () => read(scopes)))

/** What `read` gives for each of the scopes, one after the other in one list. */
export const concatScopes = async <TValue>(
  scopes: readonly string[],
  read: (scope: string) => Promise<readonly TValue[]>,
): Promise<readonly TValue[]> => (await Promise.all(scopes.map(read))).flat()
