import type { WireOperation } from '@holdfast/core/protocol'
import { agesIn } from '../model/ages.ts'
import { canonical, parseData } from '../model/values.ts'
import type { Judged } from '../model/judge.ts'
import type { DecidedRow, JournalParts } from './journal-parts.ts'
import type { SentLog } from './journal-state.ts'
import { frozenPart, sentPart } from './sent-parts.ts'
import { broken, must } from './violation.ts'

/** An operation as it was sent. @throws Violation: the same id always stands for the same operation, or for an empty one later */
export const noteSent = (
  { log, events, surroundings }: Pick<JournalParts, 'log' | 'events' | 'surroundings'>,
  clientId: string,
  operation: WireOperation,
): void => {
  const { sent, variants, reworded, ages, emptied, cancelled } = log
  const { id, type, cancel, age } = operation
  if (type === '') {
    emptied.add(id)
    events.onEmpty()
    return
  }
  if (cancel === true) cancelled.add(id)
  if (age !== undefined) ages.set(id, [...(ages.get(id) ?? []), age])
  const known = sent.get(id)
  if (known === undefined) {
    sent.set(id, operation)
    return
  }
  const { isDoubtful, areLost, isRestored } = surroundings
  const isCopied = isDoubtful(clientId)
  const lasting = (one: WireOperation): string =>
    frozenPart({
      ...one,
      // Of two copies one may have been brought up to a newer version of the app before it sent.
      payload: isCopied ? canonical(parseData(one.payload)) : one.payload,
      timestamp: isCopied ? 0 : one.timestamp,
      clientSeq: isCopied || areLost() ? 0 : one.clientSeq,
    })
  const isFrozen = lasting(known) === lasting(operation)
  must(isFrozen || isRestored(id), 'exactly once', () => `${id} changed after it was sent`)
  if (isFrozen && known.payload !== operation.payload) reworded.add(id)
  if (!isFrozen || sentPart(known) !== sentPart(operation))
    variants.set(id, [...(variants.get(id) ?? []), operation])
}

/** Undefined: it only spends a number. @throws Violation */
export const operationOf = (
  { sent, emptied }: SentLog,
  { operationId, type }: DecidedRow,
): WireOperation | undefined => {
  const operation = sent.get(operationId)
  if (operation === undefined && !emptied.has(operationId))
    return broken('exactly once', `${operationId} was decided and never sent`)
  return type === '' ? undefined : operation
}

/** Rows of one transaction come next to each other. */
export const toUnits = (log: SentLog, decided: readonly DecidedRow[]): readonly (readonly DecidedRow[])[] => {
  const units: DecidedRow[][] = []
  let open: string | undefined
  for (const row of decided) {
    const transaction = operationOf(log, row)?.transaction?.id
    if (transaction !== undefined && transaction === open) units.at(-1)?.push(row)
    else units.push([row])
    open = transaction
  }
  return units
}

const clockAhead = 60_000

/** Each is clamped by itself. */
const timesOf = ({ payload, timestamp, type }: WireOperation, latest: number): Judged['times'] => {
  if (type !== 'put' && type !== 'create') return undefined
  const ages = Object.entries(agesIn(payload))
  return Object.fromEntries(ages.map(([field, age]) => [field, Math.min(timestamp - age, latest)]))
}

/** As the model judges it. */
export type SentVersion = Judged & WireOperation

/** An operation as it was sent, more than once perhaps; first those whose time was kept. */
export const versionsOf = (
  { log, state }: Pick<JournalParts, 'log' | 'state'>,
  row: DecidedRow,
  stored: ReadonlySet<number>,
): readonly SentVersion[] => {
  const operation = operationOf(log, row)
  if (operation === undefined) return []
  const likelihood = ({ timestamp, clientSeq }: WireOperation): number =>
    (stored.has(timestamp) ? 2 : 0) + (clientSeq === row.clientSeq ? 1 : 0)
  return [operation, ...(log.variants.get(operation.id) ?? [])]
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
