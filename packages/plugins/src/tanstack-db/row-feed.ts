import type { Observable } from 'rxjs'
import { SyncError } from '@holdfast/core'
import { portableEquals } from '@holdfast/core/protocol'
import { rowChanges, type Row, type RowChange } from './row-changes.ts'

/** What a collection of TanStack DB hands to whoever fills it. */
export interface RowSink<TRow extends Row> {
  readonly begin: () => void
  readonly write: (change: RowChange<TRow>) => void
  readonly commit: () => unknown
  readonly markReady: () => void
  readonly markError: (error: unknown) => void
}

export interface RowSource<TRow extends Row> {
  readonly rows$: Observable<readonly TRow[]>
  /** What of `rows$` has this id, as it is now. */
  readonly read: (id: string) => Promise<readonly TRow[]>
}

export interface RowFeed {
  /** Resolves once the sink was told what the record is now, or the feed has ended. */
  readonly caughtUp: (id: string) => Promise<void>
  readonly stop: () => void
}

const closedBefore = (): SyncError =>
  new SyncError('CLOSED', 'The client was closed before it had shown the records.', {})

/** Tells the sink each change of the rows, list by list. It is ready with the first: what this device has. */
export const feedRows = <TRow extends Row>(
  { rows$, read }: RowSource<TRow>,
  { begin, write, commit, markReady, markError }: RowSink<TRow>,
): RowFeed => {
  let told: ReadonlyMap<string, TRow> | undefined
  let lists = 0
  let waiting: (() => void)[] = []

  const wake = (): void => {
    const woken = waiting
    waiting = []
    for (const resolve of woken) resolve()
  }

  const subscription = rows$.subscribe({
    next(rows) {
      const before = told
      const after = new Map(rows.map((row) => [row.id, row]))
      lists += 1
      told = after
      begin()
      for (const change of rowChanges(before ?? new Map<string, TRow>(), after)) write(change)
      commit()
      if (before === undefined) markReady()
      wake()
    },
    error(error) {
      markError(error)
      wake()
    },
    complete() {
      if (told === undefined) markError(closedBefore())
      wake()
    },
  })

  return {
    async caughtUp(id) {
      while (!subscription.closed) {
        const known = lists
        // A row that can't be read can't be waited for; what was written stays written.
        const rows = await read(id).catch(() => undefined)
        if (rows === undefined) return
        // Where a list came meanwhile, what was read may be older than it.
        if (known !== lists || subscription.closed) continue
        if (told !== undefined && portableEquals(rows.at(-1), told.get(id))) return
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    stop() {
      subscription.unsubscribe()
      wake()
    },
  }
}
