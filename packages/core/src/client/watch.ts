import { Observable } from 'rxjs'
import { hasCode } from '../base/errors.ts'
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
 * Emits what `read` gives now, and again after each change under one of the prefixes. A read that fails (the database is busy,
 * say) is skipped: the next change reads again. Ends where the database was closed, here or by whoever removed it.
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
          (error: unknown) => {
            if (hasCode(error, 'CLOSED')) isOver = true
          },
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
  new Observable((subscriber) => {
    const end = (): void => subscriber.complete()
    const ofScopes = (scopes: readonly string[]): Observable<TValue> =>
      new Observable((one) =>
        watch(store, scopes.flatMap(prefixesOf), () => read(scopes)).subscribe({
          next: (value) => one.next(value),
          complete: end,
        }),
      )
    return switchTo(names$, ofScopes).subscribe(subscriber)
  })

/** What `read` gives for each of the scopes, one after the other in one list. */
export const concatScopes = async <TValue>(
  scopes: readonly string[],
  read: (scope: string) => Promise<readonly TValue[]>,
): Promise<readonly TValue[]> => (await Promise.all(scopes.map(read))).flat()
