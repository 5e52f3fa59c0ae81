import type { ServerStore } from '@holdfast/server'
import type { TestStore } from './stores.ts'

/** A database that can't store some operations. */
export const refusing = (
  store: TestStore,
  ids: ReadonlySet<string>,
): TestStore & { readonly failures: () => number } => {
  let failures = 0
  const write: ServerStore['write'] = (at, run) =>
    store.write(at, (tx) =>
      run({
        ...tx,
        async save(changes) {
          await tx.save(changes)
          if (!changes.operations.some(({ operationId }) => ids.has(operationId))) return
          failures += 1
          throw new Error('canary: value too long for column title')
        },
      }),
    )
  return { ...store, write, failures: () => failures }
}
