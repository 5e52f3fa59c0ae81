import { isCreation } from './ages.ts'
import { applyTo, type ModelOperation } from './apply.ts'
import { deletion, hasUnseen, isUnseenField, lastChange, type History } from './history.ts'
import type { Rules } from './rule-types.ts'
import { isPoisoned, rulesOf } from './rules.ts'
import { isRegister, namedIn } from './typed.ts'
import { differences, isBeside, isSame, visible, withFieldsOf, type Data, type Value } from './values.ts'

/** An operation with who made it. */
export interface Judged extends ModelOperation {
  readonly clientId: string
  readonly user: string
  /** When it was judged, by the server's clock. */
  readonly now: number
  /** When fields were written that were not written last. */
  readonly times?: Readonly<Record<string, number>> | undefined
  /** What plugins noted about it. */
  readonly marks?: string | undefined
  /** Of a record that nobody knows, in its scope: above what any had that was forgotten. */
  readonly firstVersion?: number | undefined
}

/** The version that a record gets next. */
export const versionAfter = (
  history: History | undefined,
  { firstVersion = 1 }: Pick<Judged, 'firstVersion'>,
): number => (history === undefined ? firstVersion : history.version + 1)

export type Ruling =
  | {
      readonly kind: 'applied' | 'merged'
      readonly version: number
      readonly lost: readonly string[]
      readonly history: History
      /** Of a move: the record where it arrives. */
      readonly arrived?: History
      /** What the server's own code made of other records, in order. */
      readonly further?: readonly Further[]
    }
  | { readonly kind: 'conflict'; readonly fields: readonly string[] }
  /** Its author has to make it again on the newest record. */
  | { readonly kind: 'rebase' }
  | {
      readonly kind: 'rejected'
      readonly code: string
      readonly reason?: string
      readonly holder?: string | undefined
    }

/** A record that an operation changes besides its own. */
export interface Further {
  readonly record: string
  readonly history: History
}

/** What must become of an operation, by the rules alone and the record's full history. */
export const judge = (history: History | undefined, operation: Judged): Ruling => {
  const ruling = history === undefined ? judgeFirst(operation) : judgeNext(history, operation)
  const isWrite = ruling.kind === 'applied' || ruling.kind === 'merged'
  if (!isWrite) return ruling
  if (!isAllowed(history, ruling.history, operation))
    return { kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' }
  const { vetoes } = rulesOf(operation.collection)
  const veto = vetoes?.(living(history), living(ruling.history), operation.type)
  return veto === undefined ? ruling : { kind: 'rejected', code: veto }
}

const living = (history: History | undefined): Data | undefined =>
  history === undefined || history.deleted ? undefined : visible(history.data)

/** The app's own judgement of what becomes of a record. */
export const isAllowed = (
  before: History | undefined,
  after: History,
  { collection, type }: Pick<Judged, 'collection' | 'type'>,
): boolean => {
  const { forbids } = rulesOf(collection)
  return !isPoisoned(living(after)) && forbids?.(living(before), living(after), type) !== true
}

const judgeFirst = (operation: Judged): Ruling => {
  const applied = applyTo(undefined, operation, versionAfter(undefined, operation))
  if (applied.kind === 'misfit') return { kind: 'rejected', code: applied.code }
  if (applied.kind === 'unplaced') return { kind: 'rejected', code: 'MISSING_DEPENDENCY' }
  if (applied.kind === 'none') return { kind: 'rejected', code: 'DEPENDENCY' }
  return written(undefined, applied.data, operation, [])
}

const judgeNext = (history: History, operation: Judged): Ruling => {
  if (history.moved === true) return { kind: 'rejected', code: 'MOVED' }
  const rules = rulesOf(operation.collection)
  if (operation.type === 'delete') return judgeDelete(history, operation, rules)
  if (history.deleted && isCreation(operation)) return judgeAnew(history, operation)
  if (!history.deleted) return judgeEdit(history, operation, rules)
  if (!isUnseenField(history, deletion, operation)) return { kind: 'rejected', code: 'DEPENDENCY' }
  if (rules.deletes === 'ask') return { kind: 'conflict', fields: [deletion] }
  if (rules.deletes === 'editWins') return judgeEdit(history, operation, rules)
  const applied = applyTo(history.data, operation, history.version + 1)
  if (applied.kind === 'misfit') return { kind: 'rejected', code: applied.code }
  const wanted = applied.kind === 'record' ? applied.data : history.data
  const lost = differences(history.data, wanted).filter((field) => !isBeside(field))
  return written(history, undefined, operation, lost)
}

/** A create on a deleted record makes a new one in its place. */
const judgeAnew = (history: History, operation: Judged): Ruling => {
  const applied = applyTo(undefined, operation, history.version + 1)
  if (applied.kind === 'record') {
    const made = written(history, applied.data, operation, [])
    const [last, ...earlier] = made.history.steps.toReversed()
    if (last === undefined) return made
    const fields = [...new Set([...last.fields, ...Object.keys(applied.data)])]
    return { ...made, history: { ...made.history, steps: [...earlier.toReversed(), { ...last, fields }] } }
  }
  return applied.kind === 'unplaced' ? { kind: 'rebase' } : { kind: 'rejected', code: 'INVALID' }
}

const judgeDelete = (history: History, operation: Judged, { deletes }: Rules): Ruling => {
  if (history.deleted || !hasUnseen(history, operation) || deletes === 'deleteWins') {
    return written(history, undefined, operation, [])
  }
  if (deletes === 'ask') return { kind: 'conflict', fields: [deletion] }
  return written(history, history.data, operation, [deletion])
}

const judgeEdit = (history: History, operation: Judged, rules: Rules): Ruling => {
  const applied = applyTo(history.data, operation, history.version + 1)
  if (applied.kind === 'misfit') return { kind: 'rejected', code: applied.code }
  if (applied.kind === 'unplaced') return { kind: 'rebase' }
  const wanted = applied.kind === 'record' ? applied.data : history.data
  const changed = differences(history.data, wanted)
  const disputed = disputedFields(history, operation, rules, changed)

  const asked = disputed.filter((field) => rules.ruleOf(field) === 'ask')
  const isRefused = disputed.some((field) => rules.ruleOf(field) === 'refuse')
  // Of what several updates became nobody is asked: its author makes one of it again.
  if (operation.type === 'put' && (isRefused || asked.length > 0)) return { kind: 'rebase' }
  if (isRefused) return { kind: 'rejected', code: 'CONFLICT' }
  if (asked.length > 0) return { kind: 'conflict', fields: asked }
  const after = settled(history, wanted, operation, disputed)
  if (!rules.fits(visible(after)) || rules.required.some((field) => after[field] === undefined)) {
    return { kind: 'rejected', code: 'INVALID' }
  }
  const lost = changed.filter((field) => !isSame(wanted[field], after[field]))
  const confirmed = writtenFields(operation).filter((field) => !changed.includes(field))
  return written(history, after, operation, lost, confirmed)
}

/** Each disputed field by its own rule, where nobody is asked. */
const settled = (history: History, wanted: Data, operation: Judged, disputed: readonly string[]): Data => {
  const { ruleOf } = rulesOf(operation.collection)
  const isKept = (field: string): boolean =>
    ruleOf(field) === 'server' || (ruleOf(field) === 'later' && !isLater(history, field, operation))
  const middle = disputed
    .filter((field) => ruleOf(field) === 'middle')
    .map((field): readonly [string, Value] => [
      field,
      Math.floor((Number(wanted[field]) + Number(history.data[field])) / 2),
    ])
  return { ...withFieldsOf(wanted, history.data, disputed.filter(isKept)), ...Object.fromEntries(middle) }
}

/** What an operation names; named operations name nothing. */
const writtenFields = ({ type, payload }: Judged): readonly string[] =>
  type === 'create' || type === 'update' || type === 'put' ? namedIn(payload) : []

/** What has to be settled between the operation and what its author had not seen. */
export const disputedFields = (
  history: History,
  operation: Judged,
  rules: Rules,
  changed: readonly string[],
): readonly string[] => {
  const { kinds = {}, named, disputes } = rules
  const registers = changed.filter((field) => isRegister(kinds, field))
  if (disputes === 'record')
    return hasUnseen(history, operation, (field) => isRegister(kinds, field)) ? registers : []
  const concerned = new Set([...registers, ...(named[operation.type]?.reads ?? [])])
  return [...concerned].filter((field) => isUnseenField(history, field, operation)).sort()
}

const isLater = (history: History, field: string, operation: Judged): boolean => {
  const { clientId } = operation
  const timestamp = operation.times?.[field] ?? operation.timestamp
  const last = lastChange(history, field)
  if (last === undefined || last.clientId === clientId) return true
  return last.timestamp === timestamp ? clientId > last.clientId : timestamp > last.timestamp
}

export const written = (
  history: History | undefined,
  after: Data | undefined,
  operation: Judged,
  lost: readonly string[],
  confirmed: readonly string[] = [],
): Extract<Ruling, { kind: 'applied' | 'merged' }> => {
  const before = history?.data ?? {}
  const deleted = after === undefined
  const data = after ?? before
  const flipped = history !== undefined && history.deleted !== deleted
  const fields = [...differences(before, data), ...(flipped ? [deletion] : [])]
  const version = versionAfter(history, operation)
  const { clientId, timestamp, times } = operation
  const step = { version, clientId, fields, confirmed, timestamp, times }
  const steps = [...(history?.steps ?? []), step]
  const sawAll = history === undefined || !hasUnseen(history, operation)
  const kind = sawAll && lost.length === 0 ? 'applied' : 'merged'
  return { kind, version, lost, history: { version, deleted, data, steps } }
}
