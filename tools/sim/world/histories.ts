import type { Decision } from '../checks/journal-state.ts'
import type { Journal } from '../checks/journal-world.ts'

/** The histories of a world's scopes: one each, and those that the server lost when it was put back. */
export interface Histories {
  /** The one that the server has now. */
  readonly journalOf: (scope: string) => Journal
  /** The one in which the server handed out this cursor. */
  readonly journalAt: (scope: string, cursor: string | undefined) => Journal
  /** What was decided about an operation, also in histories that are lost. */
  readonly decisionsOf: (scope: string, operationId: string) => readonly Decision[]
  /** Whether the server still knows that it stood at this cursor's head. */
  readonly isKnown: (scope: string, cursor: { readonly cursor: string; readonly head: number }) => boolean
  readonly onCursor: (cursor: string) => void
  /** Keeps the histories as they are; what is returned takes the server back to them. */
  readonly backUp: () => () => void
  readonly areLost: () => boolean
}

/** The newest, and what the server decided of the same operation before it forgot that. */
const allOf = (decision: Decision | undefined): readonly Decision[] =>
  decision === undefined ? [] : [decision, ...allOf(decision.earlier)]

export const createHistories = (
  scopes: readonly string[],
  createJournal: (scope: string) => Journal,
): Histories => {
  let current = new Map(scopes.map((scope) => [scope, createJournal(scope)]))
  const lost: (typeof current)[] = []
  /** How far the scopes were when they were copied, for each history that was lost. */
  const keptHeads: ReadonlyMap<string, number>[] = []
  /** How many histories were lost before a cursor was handed out. */
  const epochs = new Map<string, number>()

  const journalIn = (journals: typeof current, scope: string): Journal => {
    const journal = journals.get(scope)
    if (journal === undefined) throw new Error(`This world has no scope ${scope}.`)
    return journal
  }

  return {
    journalOf: (scope) => journalIn(current, scope),
    journalAt(scope, cursor) {
      const epoch = cursor === undefined ? undefined : epochs.get(cursor)
      return journalIn(lost[epoch ?? lost.length] ?? current, scope)
    },
    decisionsOf: (scope, operationId) =>
      [current, ...lost].flatMap((journals) => allOf(journalIn(journals, scope).decision(operationId))),
    isKnown: (scope, { cursor, head }) =>
      keptHeads
        .slice(epochs.get(cursor) ?? keptHeads.length)
        .every((heads) => head <= (heads.get(scope) ?? 0)),
    onCursor(cursor) {
      if (!epochs.has(cursor)) epochs.set(cursor, lost.length)
    },
    backUp() {
      const kept = [...current].map(([scope, journal]) => [scope, journal.fork()] as const)
      const heads = new Map(kept.map(([scope, journal]) => [scope, journal.head()]))
      return () => {
        lost.push(current)
        keptHeads.push(heads)
        current = new Map(kept)
      }
    },
    areLost: () => lost.length > 0,
  }
}
