import { operationEntry } from '../oplog/entries.ts'
import type { ChangedEntry, Store } from '../storage/store.ts'
import type { EventStream } from './event-stream.ts'

/** Tells of each operation that this tab puts among the dead letters. */
export const tellDeadLetters = (store: Store, { isHeard, tell }: EventStream): void => {
  store.changes$.subscribe((change) => {
    if (change.kind !== 'own' || !isHeard()) return
    for (const { key, value } of change.entries) {
      if (key.startsWith('dead/') && value !== undefined) tellOne(change.entries, key)
    }
  })

  const tellOne = (entries: readonly ChangedEntry[], deadKey: string): void => {
    const doneKey = `done/${deadKey.slice('dead/'.length)}`
    const stored = entries.find(({ key }) => key === doneKey)?.value
    if (stored === undefined) return
    const { scope, id, fate } = operationEntry.decode(stored)
    const code = fate.kind === 'rejected' ? fate.code : fate.kind
    tell(() => ({ type: 'deadLettered', scope, operationId: id, code }))
  }
}
