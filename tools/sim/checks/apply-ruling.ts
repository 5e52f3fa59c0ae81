import type { WireOperation } from '@holdfast/core/protocol'
import { placed } from '../model/history.ts'
import type { Judged } from '../model/judge.ts'
import { journeyOf, type Destination } from '../model/move.ts'
import { recordName, type UnitRuling } from '../model/unit.ts'
import type { DecidedRow, JournalParts, Touch } from './journal-parts.ts'
import type { Surroundings } from './journal-world.ts'
import { must } from './violation.ts'

/** What an operation does to which records from a position of the feed on; its own record is the last. @throws Violation */
export const applyRuling = (
  { events, surroundings, state }: JournalParts,
  { clientId, clientSeq }: DecidedRow,
  operation: WireOperation,
  ruling: UnitRuling,
  at: number,
): readonly Touch[] => {
  const { onConflict, onMoved, onRevived } = events
  const { isDoubtful, areLost, journalOf } = surroundings
  const { failedCreates, lastApplied, histories } = state
  const key = recordName(operation)
  if (ruling.kind === 'conflict') onConflict(operation.collection)
  if (ruling.kind !== 'applied' && ruling.kind !== 'merged') {
    if (operation.type === 'create') failedCreates.set(`${clientId} ${key}`, operation.id)
    return []
  }
  const order = `${clientId} ${key}`
  must(
    isDoubtful(clientId) || areLost() || (lastApplied.get(order) ?? 0) < clientSeq,
    'ordered',
    () => `${operation.id} of ${key} came after a later one`,
  )
  lastApplied.set(order, clientSeq)
  if (ruling.arrived !== undefined) {
    onMoved()
    journalOf(journeyOf(operation).to).onArrival(key, ruling.arrived)
  } else if (histories.get(key)?.deleted === true && !ruling.history.deleted) onRevived()
  const changed = [...(ruling.further ?? []), { record: key, history: ruling.history }]
  return changed.map(({ record, history }, index) => {
    const seq = at + index + 1
    histories.set(record, placed(history, seq))
    return { key: record, seq }
  })
}

/** What a move finds in the scope that it names. */
export const destinationOf = (
  { mayEnter, journalOf }: Surroundings,
  operation: Judged,
  row: DecidedRow | undefined,
): Destination => {
  const { to } = journeyOf(operation)
  const may = mayEnter(row?.userId ?? '', to)
  const told = row?.verdict.kind === 'rejected' && row.verdict.code === 'FORBIDDEN_OR_MISSING'
  const isDenied = may === undefined ? told : !may
  const there = journalOf(to)
  const { historyOf } = there
  return {
    history: historyOf(recordName(operation)),
    historyOf,
    firstVersion: there.firstVersion(),
    isDenied,
  }
}
