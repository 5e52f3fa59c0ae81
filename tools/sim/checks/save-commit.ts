import type { ServerRow } from '@holdfast/core/protocol'
import { placed } from '../model/history.ts'
import { checkTotal, touchesBank } from './bank.ts'
import { claimSlot, decideUnit, isSpentOnly } from './decide-unit.ts'
import { endedIn } from './ended.ts'
import { noteDecided, noteStored } from './forgetting.ts'
import type { JournalParts } from './journal-parts.ts'
import type { Decision, JournalState } from './journal-state.ts'
import type { SavedChanges } from './journal-world.ts'
import { checkGrant } from './leases.ts'
import { toUnits } from './sent-operations.ts'
import { compareRow } from './verdicts.ts'
import { must } from './violation.ts'

/** A transaction was committed: it is replayed by the model, and what was saved is held against that. @throws Violation */
export const saveCommit = (parts: JournalParts, changes: SavedChanges): void => {
  const { state } = parts
  checkClock(changes)
  claimResends(parts, changes)
  const { at: decidedTo, touched, decided } = decideAll(parts, changes)
  const at = takeOthers(parts, changes, decidedTo, touched)
  must(
    (changes.head?.head ?? state.head) === at,
    'exactly once',
    () => `the head is ${changes.head?.head}, not ${at}`,
  )
  must(changes.rows.length === touched.size, 'exactly once', () => `${changes.rows.length} rows were saved`)
  saveRows(state, changes, at, touched)
  state.head = at
  state.heads.add(at)
  for (const [id, decision] of decided) noteDecided(state, id, { ...decision, head: at, at: changes.clock })
  noteStored(state, changes, changes.clock)
}

const checkClock = ({ operations, clock }: SavedChanges): void => {
  for (const { operationId, decidedAt } of operations)
    must(
      decidedAt === clock,
      'ordered',
      () => `${operationId} was decided at ${decidedAt}, its server's clock was ${clock}`,
    )
}

const claimResends = ({ state, surroundings }: JournalParts, { resends, client }: SavedChanges): void => {
  const { isDoubtful, isRestored, areLost } = surroundings
  for (const { operationId, clientSeq } of resends) {
    const { clientId } = client ?? { clientId: '' }
    const mayComeAgain = isDoubtful(clientId) || isRestored(operationId) || areLost()
    must(mayComeAgain, 'exactly once', () => `${operationId} came as ${clientSeq} too`)
    claimSlot(state, clientId, clientSeq)
  }
}

interface AllDecided {
  /** The place in the feed of the last of them. */
  readonly at: number
  /** The records that changed, with their places. */
  readonly touched: Map<string, number>
  readonly decided: readonly (readonly [string, Omit<Decision, 'head' | 'at'>])[]
}

const decideAll = (parts: JournalParts, { operations, rows }: SavedChanges): AllDecided => {
  const { state, log } = parts
  const decided: [string, Omit<Decision, 'head' | 'at'>][] = []
  const touched = new Map<string, number>()
  let at = state.head
  const stored = newTimesIn(state, rows)
  for (const unit of toUnits(log, operations)) {
    for (const [index, touches] of decideUnit(parts, unit, at, stored).entries()) {
      const row = unit[index]
      if (row === undefined) continue
      for (const { key, seq } of touches) touched.set(key, seq)
      const seq = touches.at(-1)?.seq
      at = seq ?? at
      const { clientId, clientSeq, verdict } = row
      if (isSpentOnly(state, row)) continue
      decided.push([row.operationId, { clientId, clientSeq, verdict, seq }])
    }
  }
  return { at, touched, decided }
}

/** Times that the rows tell of their fields, and that the rows before did not. */
const newTimesIn = ({ rows: before }: JournalState, rows: SavedChanges['rows']): ReadonlySet<number> => {
  const timesOf = (row: ServerRow | undefined): readonly number[] =>
    Object.values(row?.fieldVersions ?? {}).map(({ timestamp }) => timestamp)
  return new Set(
    rows.flatMap((row) => {
      const known = new Set(timesOf(before.get(`${row.collection}/${row.id}`)?.at(-1)?.row))
      return timesOf(row).filter((time) => !known.has(time))
    }),
  )
}

/** What no operation of this scope did: a job ended records, or they came from another scope. */
const takeOthers = (
  { state, events, arrivals }: JournalParts,
  changes: SavedChanges,
  decidedTo: number,
  touched: Map<string, number>,
): number => {
  let at = decidedTo
  const ended = arrivals.size > 0 ? [] : endedIn(state, changes)
  for (const _ of ended) events.onEnded()
  for (const [key, history] of [...ended.map((one) => [one.key, one.history] as const), ...arrivals]) {
    at += 1
    touched.set(key, at)
    state.histories.set(key, placed(history, at))
  }
  arrivals.clear()
  return at
}

const saveRows = (
  { rows, histories, feed }: JournalState,
  changes: SavedChanges,
  at: number,
  touched: ReadonlyMap<string, number>,
): void => {
  for (const row of changes.rows) {
    const key = `${row.collection}/${row.id}`
    if (row.collection === 'formLeases')
      checkGrant({
        before: rows.get(key)?.at(-1)?.row,
        row,
        now: changes.clock,
        wasReleased: changes.operations.some(
          ({ type, recordId }) => type === 'release' && recordId === row.id,
        ),
      })
    compareRow(key, row, { history: histories.get(key), seq: touched.get(key) })
    rows.set(key, [...(rows.get(key) ?? []), { head: at, row }])
    feed.push({ head: at, key })
  }
  if (touchesBank(touched.keys()))
    checkTotal('the server', histories.keys(), (key) => {
      const { deleted = true, data = {} } = histories.get(key) ?? {}
      return deleted ? undefined : data
    })
}
