import type { Portable, RecordData } from '@holdfast/core'
import type { EntryRecord, Settlement, Undone } from './entries.ts'

/** One value that did not stand, without anybody having been asked. */
export interface JournalEntry {
  readonly id: string
  /** When, by the server's clock, in milliseconds since 1970. */
  readonly at: number
  readonly collection: string
  readonly recordId: string
  /** `$deleted`: whether the record is there. Then the values are whole records, or null for its being deleted. */
  readonly field: string
  /** The conflict strategy's name, or the policy of deletions. */
  readonly strategy: string
  /** Which of the values stood. */
  readonly kept: 'local' | 'remote' | 'merged'
  /** What the operation wanted. Undefined: that the field is not there; or it is withheld. */
  readonly local: Portable | undefined
  /** What the server had. */
  readonly remote: Portable | undefined
  /** What was made of both, where neither stood. */
  readonly merged: Portable | undefined
  /** Who sent the operation. */
  readonly localBy: string
  /** Who wrote what the server had, where it is known. */
  readonly remoteBy: string | undefined
  readonly operationId: string
  /** Why the values are not here, or not as they were. Such an entry can't be undone. */
  readonly withheld: 'tooLarge' | 'redacted' | undefined
  readonly undone: Undone | undefined
}

/** An entry, and the record that holds it for now. */
export interface Placed {
  readonly slot: string
  readonly number: number
  readonly entry: JournalEntry
}

/** The same for ever, while a slot gets another entry each time round. */
const idOf = ({ operationId, field }: Settlement): string => `${operationId}.${field}`

export const toEntry = (settlement: Settlement, undone: Undone | undefined): JournalEntry => ({
  ...settlement,
  id: idOf(settlement),
  local: settlement.local as Portable | undefined,
  remote: settlement.remote as Portable | undefined,
  merged: settlement.merged as Portable | undefined,
  remoteBy: settlement.remoteBy,
  withheld: settlement.withheld,
  undone,
})

/** The ring that a record belongs to. */
const ringOf = (id: string): string => id.slice(0, id.lastIndexOf('-'))

/** The entries of all scopes, the newest first. Where fewer are kept than once, the rest is not shown. */
export const entriesIn = (records: readonly RecordData[]): readonly Placed[] => {
  const all = records as unknown as readonly EntryRecord[]
  const oldest = new Map(
    all.flatMap(({ id, number, keep }) => (keep === undefined ? [] : [[ringOf(id), number - keep] as const])),
  )
  const placed = all.flatMap(({ id, number, entry, undone }): readonly Placed[] =>
    entry === undefined || number <= (oldest.get(ringOf(id)) ?? 0)
      ? []
      : [{ slot: id, number, entry: toEntry(entry, undone) }],
  )
  return placed.sort((left, right) => right.entry.at - left.entry.at || right.number - left.number)
}
