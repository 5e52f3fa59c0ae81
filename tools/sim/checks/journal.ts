import type { WireOperation } from '@holdfast/core/protocol'
import type { Changes } from '@holdfast/server'
import { agesIn } from '../model/ages.ts'
import { placed, type History } from '../model/history.ts'
import type { Judged } from '../model/judge.ts'
import { leaseOf } from '../model/leases.ts'
import { journeyOf, type Destination } from '../model/move.ts'
import { mayBeExpired } from '../model/lifetimes.ts'
import { meetingsOf } from '../model/meetings.ts'
import { rulesOf } from '../model/rules.ts'
import { judgeUnit, recordName, type Known, type UnitRuling } from '../model/unit.ts'
import { checkTotal, touchesBank } from './bank.ts'
import { checkGrant, checkGuarded } from './leases.ts'
import { endedIn } from './ended.ts'
import { createForesights } from './foresight.ts'
import type { Journal, JournalEvents, SavedChanges, Surroundings } from './journal-world.ts'
import { checkGone, effectsOf, forget, keptIn, noteDecided, noteStored } from './forgetting.ts'
import {
  copyJournalState,
  createJournalState,
  createSentLog,
  type Decision,
  type JournalState,
  type SentLog,
} from './journal-state.ts'
import { chosenOf, frozenPart, mostChoices, sentPart } from './sent-parts.ts'
import { compare, compareRow, told } from './verdicts.ts'
import { broken, must } from './violation.ts'

const clockAhead = 60_000

/** Each is clamped by itself. */
const timesOf = ({ payload, timestamp, type }: WireOperation, latest: number): Judged['times'] => {
  if (type !== 'put' && type !== 'create') return undefined
  const ages = Object.entries(agesIn(payload))
  return Object.fromEntries(ages.map(([field, age]) => [field, Math.min(timestamp - age, latest)]))
}

type Row = Changes['operations'][number]

/** A record that changes, and the place of that in the feed. */
interface Touch {
  readonly key: string
  readonly seq: number
}

export const createJournal = (
  events: JournalEvents,
  surroundings: Surroundings,
  log: SentLog = createSentLog(),
  state: JournalState = createJournalState(),
): Journal => {
  const { sent, variants, ages, emptied, cancelled } = log
  const { failedCreates, heads, decisions, histories, rows, slots, lastApplied, feed } = state
  const arrivals = new Map<string, History>()
  const foresights = createForesights(events.onForeseen)
  const { onRevived, onConflict, onEmpty, onMoved, onEnded, onSettled } = events
  const { journalOf, mayEnter, isDoubtful, isRestored, mayComeAnew, areLost, wasHeld } = surroundings

  const operationOf = ({ operationId, type }: Row): WireOperation | undefined => {
    const operation = sent.get(operationId)
    if (operation === undefined && !emptied.has(operationId))
      return broken('exactly once', `${operationId} was decided and never sent`)
    return type === '' ? undefined : operation
  }

  const isForgotten = (operationId: string): boolean => decisions.get(operationId)?.isForgotten === true

  /** The number of an operation that was given up; what was decided of it before is forgotten. */
  const isSpentOnly = ({ operationId, type }: Row): boolean => type === '' && isForgotten(operationId)

  /** Rows of one transaction come next to each other. */
  const toUnits = (decided: readonly Row[]): readonly (readonly Row[])[] => {
    const units: Row[][] = []
    let open: string | undefined
    for (const row of decided) {
      const transaction = operationOf(row)?.transaction?.id
      if (transaction !== undefined && transaction === open) units.at(-1)?.push(row)
      else units.push([row])
      open = transaction
    }
    return units
  }

  /** An operation as it was sent, more than once perhaps; first those whose time was kept. */
  const versionsOf = (row: Row, stored: ReadonlySet<number>): readonly (Judged & WireOperation)[] => {
    const operation = operationOf(row)
    if (operation === undefined) return []
    const likelihood = ({ timestamp, clientSeq }: WireOperation): number =>
      (stored.has(timestamp) ? 2 : 0) + (clientSeq === row.clientSeq ? 1 : 0)
    return [operation, ...(variants.get(operation.id) ?? [])]
      .map((variant) => ({
        ...variant,
        clientId: row.clientId,
        user: row.userId,
        now: row.decidedAt,
        timestamp: Math.min(variant.timestamp, row.decidedAt + clockAhead),
        times: timesOf(variant, row.decidedAt + clockAhead),
        firstVersion: state.prunedTo + 1,
      }))
      .sort((left, right) => likelihood(right) - likelihood(left))
  }

  /** What each operation of a unit does to which records, at which positions of the feed; its own record is the last. */
  const decide = (
    unit: readonly Row[],
    at: number,
    stored: ReadonlySet<number>,
  ): readonly (readonly Touch[])[] => {
    for (const row of unit) {
      const { operationId, clientId, clientSeq } = row
      const isAnew = isSpentOnly(row) || (isForgotten(operationId) && mayComeAnew(operationId))
      must(isAnew || !decisions.has(operationId), 'exactly once', () => `${operationId} was decided twice`)
      if (isAnew && !isSpentOnly(row)) state.doubled.add(operationId)
      claimSlot(clientId, clientSeq)
    }
    const versions = unit.map((row) => versionsOf(row, stored))
    const operations = chosenOf(versions, 0)
    const [first] = operations
    if (first === undefined) return unit.map(decideEmpty)
    const { size } = first.transaction ?? { size: 1 }
    must(operations.length === size, 'atomic', () => `${operations.length} of ${size} were decided`)
    if (unit.some(({ verdict }) => verdict.kind === 'cancelled')) return decideCancelled(unit)
    if (isExpired(unit, operations)) return endUnapplied(unit)

    const known: Known = {
      historyOf: (record) => histories.get(record),
      failedCreateOf: (record) => failedCreates.get(`${first.clientId} ${record}`),
      destinationOf: (operation) => destinationOf(operation, unit[0]),
    }
    const fits = (rulings: readonly UnitRuling[]): boolean =>
      rulings.every((ruling, index) => told(ruling) === told(unit[index]?.verdict ?? ruling))
    let rulings = judgeUnit(operations, known)
    const choices = versions.reduce((product, { length }) => product * Math.max(length, 1), 1)
    for (let choice = 1; choice < Math.min(choices, mostChoices) && !fits(rulings); choice += 1)
      rulings = judgeUnit(chosenOf(versions, choice), known)
    let position = at
    return unit.map((row, index) => {
      const [operation, ruling] = [operations[index], rulings[index]]
      if (operation === undefined || ruling === undefined) return []
      const history = histories.get(recordName(operation))
      compare(operation, ruling, row.verdict)
      // Which of its forms was decided is not told: one that names a history which was lost may have been.
      const sawLost = versions[index]?.some((version) => version.history !== undefined) === true
      foresights.check({ clientId: row.clientId, operation, verdict: row.verdict, history, sawLost })
      const { leases } = rulesOf(operation.collection)
      if (leases !== undefined && !areLost()) {
        const lease = leaseOf(leases, operation.recordId, (name) => histories.get(name))
        const held = wasHeld(operation)
        checkGuarded({ operation, verdict: row.verdict, history, lease, wasHeld: held })
      }
      checkGone(state, operation, ruling, events)
      onSettled(meetingsOf(history, operation, ruling))
      const touched = apply(row, operation, ruling, position)
      position += touched.length
      return touched
    })
  }

  const apply = (
    { clientId, clientSeq }: Row,
    operation: WireOperation,
    ruling: UnitRuling,
    at: number,
  ): readonly Touch[] => {
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

  const destinationOf = (operation: Judged, row: Row | undefined): Destination => {
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

  /** One of them was to be taken back, and none has an effect. */
  const decideCancelled = (unit: readonly Row[]): readonly (readonly Touch[])[] => {
    const asked = unit.some(({ operationId }) => cancelled.has(operationId))
    const all = unit.every(({ verdict }) => verdict.kind === 'cancelled')
    must(asked && all, 'exactly once', () => `${unit[0]?.operationId} was cancelled, and nobody asked`)
    return endUnapplied(unit)
  }

  /** What was too old to be judged. */
  const isExpired = (unit: readonly Row[], operations: readonly WireOperation[]): boolean => {
    const told = unit.every(({ verdict }) => verdict.kind === 'expired')
    const aging = operations.map((operation) => ({ ...operation, ages: ages.get(operation.id) ?? [] }))
    must(
      mayBeExpired(aging).includes(told),
      'exactly once',
      () => `${told ? '' : 'not '}expired: ${aging.map((one) => `${one.id} of ${one.ages.join()}`).join()}`,
    )
    return told
  }

  const endUnapplied = (unit: readonly Row[]): readonly (readonly Touch[])[] =>
    unit.map((row) => {
      const operation = operationOf(row)
      if (operation?.type === 'create')
        failedCreates.set(`${row.clientId} ${recordName(operation)}`, operation.id)
      return []
    })

  /** It spends the id and the number of an operation that was discarded. */
  const decideEmpty = ({ operationId, verdict }: Row): readonly Touch[] => {
    const isRefused = verdict.kind === 'rejected' && verdict.code === 'INVALID' && emptied.has(operationId)
    must(isRefused, 'exactly once', () => `the empty ${operationId} was ${verdict.kind}`)
    return []
  }

  const claimSlot = (clientId: string, clientSeq: number): void => {
    const taken = slots.get(clientId) ?? new Set()
    must(!taken.has(clientSeq), 'exactly once', () => `${clientId} number ${clientSeq} was decided twice`)
    slots.set(clientId, new Set(taken).add(clientSeq))
  }

  const save = (changes: SavedChanges): void => {
    const decided: [string, Omit<Decision, 'head' | 'at'>][] = []
    const touched = new Map<string, number>()
    let at = state.head
    for (const { operationId, decidedAt } of changes.operations)
      must(
        decidedAt === changes.clock,
        'ordered',
        () => `${operationId} was decided at ${decidedAt}, its server's clock was ${changes.clock}`,
      )
    for (const { operationId, clientSeq } of changes.resends) {
      const { clientId } = changes.client ?? { clientId: '' }
      const mayComeAgain = isDoubtful(clientId) || isRestored(operationId) || areLost()
      must(mayComeAgain, 'exactly once', () => `${operationId} came as ${clientSeq} too`)
      claimSlot(clientId, clientSeq)
    }
    const stored = new Set(
      changes.rows.flatMap(({ fieldVersions }) =>
        Object.values(fieldVersions).map(({ timestamp }) => timestamp),
      ),
    )
    for (const unit of toUnits(changes.operations)) {
      for (const [index, touches] of decide(unit, at, stored).entries()) {
        const row = unit[index]
        if (row === undefined) continue
        for (const { key, seq } of touches) touched.set(key, seq)
        const seq = touches.at(-1)?.seq
        at = seq ?? at
        const { clientId, clientSeq, verdict } = row
        if (isSpentOnly(row)) continue
        decided.push([row.operationId, { clientId, clientSeq, verdict, seq }])
      }
    }
    for (const { key, history } of arrivals.size > 0 ? [] : endedIn(state, changes)) {
      onEnded()
      at += 1
      touched.set(key, at)
      histories.set(key, placed(history, at))
    }
    for (const [key, history] of arrivals) {
      at += 1
      touched.set(key, at)
      histories.set(key, placed(history, at))
    }
    arrivals.clear()
    must(
      (changes.head?.head ?? state.head) === at,
      'exactly once',
      () => `the head is ${changes.head?.head}, not ${at}`,
    )
    must(changes.rows.length === touched.size, 'exactly once', () => `${changes.rows.length} rows were saved`)
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
    state.head = at
    heads.add(at)
    for (const [id, decision] of decided) noteDecided(state, id, { ...decision, head: at, at: changes.clock })
    noteStored(state, changes, changes.clock)
  }

  return {
    onSent(clientId, operation) {
      if (operation.type === '') {
        emptied.add(operation.id)
        onEmpty()
        return
      }
      if (operation.cancel === true) cancelled.add(operation.id)
      if (operation.age !== undefined)
        ages.set(operation.id, [...(ages.get(operation.id) ?? []), operation.age])
      const known = sent.get(operation.id)
      if (known === undefined) sent.set(operation.id, operation)
      else {
        const isCopied = isDoubtful(clientId)
        const [before, now] = [known, operation].map((one) => ({
          ...one,
          timestamp: isCopied ? 0 : one.timestamp,
          clientSeq: isCopied || areLost() ? 0 : one.clientSeq,
        })) as [WireOperation, WireOperation]
        const isFrozen = frozenPart(before) === frozenPart(now)
        must(
          isFrozen || isRestored(operation.id),
          'exactly once',
          () => `${operation.id} changed after it was sent`,
        )
        if (!isFrozen || sentPart(known) !== sentPart(operation))
          variants.set(operation.id, [...(variants.get(operation.id) ?? []), operation])
      }
    },
    onCommit: (saved) => saved.forEach(save),
    head: () => state.head,
    wasHead: (at) => heads.has(at),
    decision: (operationId) => decisions.get(operationId),
    rowAt: (key, upTo) => rows.get(key)?.findLast((state) => state.head <= upTo)?.row,
    changedBetween(after, upTo) {
      const first = feed.findLastIndex((entry) => entry.head <= after) + 1
      const keys = new Set<string>()
      for (let index = first; index < feed.length; index += 1) {
        const entry = feed[index]
        if (entry === undefined || entry.head > upTo) break
        keys.add(entry.key)
      }
      return keys
    },
    rows: () => rows,
    fork: () => createJournal(events, surroundings, log, copyJournalState(state)),
    onForesight: (input, answer) => foresights.note(input, answer, (key) => histories.get(key)),
    historyOf: (key) => histories.get(key),
    onArrival: (key, history) => void arrivals.set(key, history),
    effects: () => effectsOf(state, sent),
    decidedOf: (clientId) => slots.get(clientId) ?? new Set(),
    firstVersion: () => state.prunedTo + 1,
    kept: () => keptIn(state),
    forgottenBefore: () => state.prunedBefore,
    onForgotten(forgotten) {
      forget(state, log, forgotten)
      forgotten.tombstones.forEach(foresights.forget)
    },
  }
}
