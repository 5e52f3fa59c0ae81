import type { Changes } from '@holdfast/server'
import { ended } from '../model/ended.ts'
import type { History } from '../model/history.ts'
import { recordLifetimeIn } from '../model/lifetimes.ts'
import type { JournalState } from './journal-state.ts'
import { must } from './violation.ts'

interface Ended {
  readonly key: string
  readonly history: History
}

/** The records that a job of the server deletes in a transaction: they are over. @throws Violation */
export const endedIn = (
  { rows, histories }: Pick<JournalState, 'rows' | 'histories'>,
  changes: Changes & { readonly clock: number },
): readonly Ended[] => {
  if (changes.operations.length > 0) return []
  return changes.rows.flatMap(({ collection, id, deleted }) => {
    const key = `${collection}/${id}`
    const before = rows.get(key)?.at(-1)?.row
    const history = histories.get(key)
    if (!deleted || history === undefined || before === undefined) return []
    const age = changes.clock - before.updatedAt
    must(
      age >= recordLifetimeIn(collection),
      'conserved',
      () => `${key} is deleted by the server ${age} ms after it was changed`,
    )
    return [{ key, history: ended(history, { collection, recordId: id, now: changes.clock }) }]
  })
}
