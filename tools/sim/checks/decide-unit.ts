import type { WireOperation } from '@holdfast/core/protocol'
import { leaseOf } from '../model/leases.ts'
import { mayBeExpired } from '../model/lifetimes.ts'
import { meetingsOf } from '../model/meetings.ts'
import { rulesOf } from '../model/rules.ts'
import { judgeUnit, recordName, type Known, type UnitRuling } from '../model/unit.ts'
import { applyRuling, destinationOf } from './apply-ruling.ts'
import { checkGone } from './forgetting.ts'
import type { DecidedRow, JournalParts, Touch } from './journal-parts.ts'
import type { JournalState, SentLog } from './journal-state.ts'
import { checkGuarded } from './leases.ts'
import { chosenOf, mostChoices } from './sent-parts.ts'
import { operationOf, versionsOf, type SentVersion } from './sent-operations.ts'
import { compare, told } from './verdicts.ts'
import { must } from './violation.ts'

type Touches = readonly (readonly Touch[])[]

/**
 * What each operation of a unit does to which records, at which positions of the feed; its own record is the last.
 * @throws Violation where the server decided otherwise
 */
export const decideUnit = (
  parts: JournalParts,
  unit: readonly DecidedRow[],
  at: number,
  stored: ReadonlySet<number>,
): Touches => {
  const { log, state } = parts
  for (const row of unit) claimRow(parts, row)
  const versions = unit.map((row) => versionsOf(parts, row, stored))
  const operations = chosenOf(versions, 0)
  const [first] = operations
  if (first === undefined) return unit.map((row) => decideEmpty(log, row))
  const { size } = first.transaction ?? { size: 1 }
  must(operations.length === size, 'atomic', () => `${operations.length} of ${size} were decided`)
  if (unit.some(({ verdict }) => verdict.kind === 'cancelled')) {
    checkCancelled(log, unit)
    return endUnapplied(parts, unit)
  }
  if (isExpired(log, unit, operations)) return endUnapplied(parts, unit)

  const known: Known = {
    historyOf: (record) => state.histories.get(record),
    failedCreateOf: (record) => state.failedCreates.get(`${first.clientId} ${record}`),
    destinationOf: (operation) => destinationOf(parts.surroundings, operation, unit[0]),
  }
  const rulings = rulingsOf(versions, unit, known)
  let position = at
  return unit.map((row, index) => {
    const [operation, ruling] = [operations[index], rulings[index]]
    if (operation === undefined || ruling === undefined) return []
    checkDecided(parts, { row, operation, ruling, versions: versions[index] ?? [] })
    const touched = applyRuling(parts, row, operation, ruling, position)
    position += touched.length
    return touched
  })
}

/** Which of its forms was decided is not told: the first of which the rules say the same. */
const rulingsOf = (
  versions: readonly (readonly SentVersion[])[],
  unit: readonly DecidedRow[],
  known: Known,
): readonly UnitRuling[] => {
  const fits = (rulings: readonly UnitRuling[]): boolean =>
    rulings.every((ruling, index) => told(ruling) === told(unit[index]?.verdict ?? ruling))
  let rulings = judgeUnit(chosenOf(versions, 0), known)
  const choices = versions.reduce((product, { length }) => product * Math.max(length, 1), 1)
  for (let choice = 1; choice < Math.min(choices, mostChoices) && !fits(rulings); choice += 1)
    rulings = judgeUnit(chosenOf(versions, choice), known)
  return rulings
}

interface Decided {
  readonly row: DecidedRow
  readonly operation: SentVersion
  readonly ruling: UnitRuling
  readonly versions: readonly SentVersion[]
}

/** Its verdict against the rules, what was foreseen of it, and its lease. */
const checkDecided = (
  { state, events, surroundings, foresights }: JournalParts,
  { row: { clientId, verdict }, operation, ruling, versions }: Decided,
): void => {
  const { histories } = state
  const history = histories.get(recordName(operation))
  compare(operation, ruling, verdict)
  // One that names a history which was lost may have been the one.
  const sawLost = versions.some((version) => version.history !== undefined)
  foresights.check({ clientId, operation, verdict, history, sawLost })
  const { leases } = rulesOf(operation.collection)
  if (leases !== undefined && !surroundings.areLost()) {
    const lease = leaseOf(leases, operation.recordId, (name) => histories.get(name))
    const wasHeld = surroundings.wasHeld(operation)
    checkGuarded({ operation, verdict, history, lease, wasHeld })
  }
  checkGone(state, operation, ruling, events)
  events.onSettled(meetingsOf(history, operation, ruling))
}

/** Each is decided once and under one number, unless it was forgotten. */
const claimRow = ({ state, surroundings }: JournalParts, row: DecidedRow): void => {
  const { operationId, clientId, clientSeq } = row
  const isAnew =
    isSpentOnly(state, row) || (isForgotten(state, operationId) && surroundings.mayComeAnew(operationId))
  must(isAnew || !state.decisions.has(operationId), 'exactly once', () => `${operationId} was decided twice`)
  if (isAnew && !isSpentOnly(state, row)) state.doubled.add(operationId)
  claimSlot(state, clientId, clientSeq)
}

const isForgotten = ({ decisions }: JournalState, operationId: string): boolean =>
  decisions.get(operationId)?.isForgotten === true

/** The number of an operation that was given up; what was decided of it before is forgotten. */
export const isSpentOnly = (state: JournalState, { operationId, type }: DecidedRow): boolean =>
  type === '' && isForgotten(state, operationId)

export const claimSlot = ({ slots }: JournalState, clientId: string, clientSeq: number): void => {
  const taken = slots.get(clientId) ?? new Set()
  must(!taken.has(clientSeq), 'exactly once', () => `${clientId} number ${clientSeq} was decided twice`)
  slots.set(clientId, new Set(taken).add(clientSeq))
}

/** One of them was to be taken back, and none has an effect. */
const checkCancelled = ({ cancelled }: SentLog, unit: readonly DecidedRow[]): void => {
  const asked = unit.some(({ operationId }) => cancelled.has(operationId))
  const all = unit.every(({ verdict }) => verdict.kind === 'cancelled')
  must(asked && all, 'exactly once', () => `${unit[0]?.operationId} was cancelled, and nobody asked`)
}

/** What was too old to be judged. */
const isExpired = (
  { ages }: SentLog,
  unit: readonly DecidedRow[],
  operations: readonly WireOperation[],
): boolean => {
  const isTold = unit.every(({ verdict }) => verdict.kind === 'expired')
  const aging = operations.map((operation) => ({ ...operation, ages: ages.get(operation.id) ?? [] }))
  must(
    mayBeExpired(aging).includes(isTold),
    'exactly once',
    () => `${isTold ? '' : 'not '}expired: ${aging.map((one) => `${one.id} of ${one.ages.join()}`).join()}`,
  )
  return isTold
}

const endUnapplied = ({ log, state }: JournalParts, unit: readonly DecidedRow[]): Touches =>
  unit.map((row) => {
    const operation = operationOf(log, row)
    if (operation?.type === 'create')
      state.failedCreates.set(`${row.clientId} ${recordName(operation)}`, operation.id)
    return []
  })

/** It spends the id and the number of an operation that was discarded. */
const decideEmpty = ({ emptied }: SentLog, { operationId, verdict }: DecidedRow): readonly Touch[] => {
  const isRefused = verdict.kind === 'rejected' && verdict.code === 'INVALID' && emptied.has(operationId)
  must(isRefused, 'exactly once', () => `the empty ${operationId} was ${verdict.kind}`)
  return []
}
