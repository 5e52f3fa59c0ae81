import type { ServerRow } from '@holdfast/core/protocol'
import type { RecordAddress, ServerStore } from './contract.ts'

/** Scopes that are asked for at once. */
const scopePage = 200

export interface RecordPage {
  readonly scope: string
  readonly rows: readonly ServerRow[]
}

/** The records of all scopes, as they are when each page is read. Each scope has a first page, be it empty. */
export async function* everyPage<TDatabase>(
  store: Pick<ServerStore<TDatabase>, 'scopes' | 'read'>,
  size: number,
): AsyncGenerator<RecordPage> {
  for (let after: string | undefined; ;) {
    const names = await store.scopes(after, scopePage)
    for (const scope of names) yield* pagesOf(store, scope, size)
    after = names.at(-1)
    if (names.length < scopePage) return
  }
}

async function* pagesOf<TDatabase>(
  store: Pick<ServerStore<TDatabase>, 'read'>,
  scope: string,
  size: number,
): AsyncGenerator<RecordPage> {
  for (let after: RecordAddress | undefined; ;) {
    const start = after
    const rows = await store.read(scope, (tx) => tx.recordsAfter(start, size))
    yield { scope, rows }
    after = rows.at(-1)
    if (rows.length < size) return
  }
}
