import { applyTo, type ModelOperation } from './apply.ts'
import { deletion, hasUnseen, isUnseenField, lastChange, type History } from './history.ts'
import { isPoisoned, rulesOf, type Rules } from './rules.ts'
import { differences, isSame, parseData, withFieldsOf, type Data } from './values.ts'

/** An operation with who made it. */
export interface Judged extends ModelOperation {
  readonly clientId: string
}

export type Ruling =
  | {
      readonly kind: 'applied' | 'merged'
      readonly version: number
      readonly lost: readonly string[]
      readonly history: History
      /** Of a move: the record where it arrives. */
      readonly arrived?: History
    }
  | { readonly kind: 'conflict'; readonly fields: readonly string[] }
  | { readonly kind: 'rejected'; readonly code: string }

/** What must become of an operation, by the rules alone and the record's full history. */
export const judge = (history: History | undefined, operation: Judged): Ruling => {
  const ruling = history === undefined ? judgeFirst(operation) : judgeNext(history, operation)
  const isWrite = ruling.kind === 'applied' || ruling.kind === 'merged'
  if (!isWrite || ruling.history.deleted || !isPoisoned(ruling.history.data)) return ruling
  return { kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' }
}

const judgeFirst = (operation: Judged): Ruling => {
  const applied = applyTo(undefined, operation)
  if (applied.kind === 'misfit') return { kind: 'rejected', code: applied.code }
  if (applied.kind === 'none') return { kind: 'rejected', code: 'DEPENDENCY' }
  return written(undefined, applied.data, operation, [])
}

const judgeNext = (history: History, operation: Judged): Ruling => {
  if (history.moved === true) return { kind: 'rejected', code: 'MOVED' }
  const rules = rulesOf(operation.collection)
  if (operation.type === 'delete') return judgeDelete(history, operation, rules)
  if (history.deleted && operation.type === 'create') return judgeAnew(history, operation)
  if (!history.deleted) return judgeEdit(history, operation, rules)
  if (!isUnseenField(history, deletion, operation)) return { kind: 'rejected', code: 'DEPENDENCY' }
  if (rules.deletes === 'ask') return { kind: 'conflict', fields: [deletion] }
  if (rules.deletes === 'editWins') return judgeEdit(history, operation, rules)
  const applied = applyTo(history.data, operation)
  if (applied.kind === 'misfit') return { kind: 'rejected', code: applied.code }
  const wanted = applied.kind === 'record' ? applied.data : history.data
  return written(history, undefined, operation, differences(history.data, wanted))
}

/** A create on a deleted record makes a new one in its place. */
const judgeAnew = (history: History, operation: Judged): Ruling => {
  const applied = applyTo(undefined, operation)
  if (applied.kind === 'record') return written(history, applied.data, operation, [])
  return { kind: 'rejected', code: 'INVALID' }
}

const judgeDelete = (history: History, operation: Judged, { deletes }: Rules): Ruling => {
  if (history.deleted || !hasUnseen(history, operation) || deletes === 'deleteWins') {
    return written(history, undefined, operation, [])
  }
  if (deletes === 'ask') return { kind: 'conflict', fields: [deletion] }
  return written(history, history.data, operation, [deletion])
}

const judgeEdit = (history: History, operation: Judged, rules: Rules): Ruling => {
  const applied = applyTo(history.data, operation)
  if (applied.kind === 'misfit') return { kind: 'rejected', code: applied.code }
  const wanted = applied.kind === 'record' ? applied.data : history.data
  const changed = differences(history.data, wanted)
  const disputed = disputedFields(history, operation, rules, changed)

  const asked = disputed.filter((field) => rules.ruleOf(field) === 'ask')
  if (asked.length > 0) return { kind: 'conflict', fields: asked }
  const kept = disputed.filter((field) => !isLater(history, field, operation))
  const after = withFieldsOf(wanted, history.data, kept)
  if (!rules.fits(after) || rules.required.some((field) => after[field] === undefined)) {
    return { kind: 'rejected', code: 'INVALID' }
  }
  const lost = changed.filter((field) => !isSame(wanted[field], after[field]))
  const confirmed = writtenFields(operation).filter((field) => !changed.includes(field))
  return written(history, after, operation, lost, confirmed)
}

/** What an operation names; named operations name nothing. */
const writtenFields = ({ type, payload }: Judged): readonly string[] =>
  type === 'create' || type === 'update' ? Object.keys(parseData(payload)) : []

const disputedFields = (
  history: History,
  operation: Judged,
  rules: Rules,
  changed: readonly string[],
): readonly string[] => {
  if (rules.disputes === 'record') return hasUnseen(history, operation) ? changed : []
  const concerned = new Set([...changed, ...(rules.named[operation.type]?.reads ?? [])])
  return [...concerned].filter((field) => isUnseenField(history, field, operation)).sort()
}

const isLater = (history: History, field: string, { clientId, timestamp }: Judged): boolean => {
  const last = lastChange(history, field)
  if (last === undefined || last.clientId === clientId) return true
  return last.timestamp === timestamp ? clientId > last.clientId : timestamp > last.timestamp
}

const written = (
  history: History | undefined,
  after: Data | undefined,
  operation: Judged,
  lost: readonly string[],
  confirmed: readonly string[] = [],
): Ruling => {
  const before = history?.data ?? {}
  const deleted = after === undefined
  const data = after ?? before
  const flipped = history !== undefined && history.deleted !== deleted
  const fields = [...differences(before, data), ...(flipped ? [deletion] : [])]
  const version = (history?.version ?? 0) + 1
  const { clientId, timestamp } = operation
  const steps = [...(history?.steps ?? []), { version, clientId, fields, confirmed, timestamp }]
  const sawAll = history === undefined || !hasUnseen(history, operation)
  const kind = sawAll && lost.length === 0 ? 'applied' : 'merged'
  return { kind, version, lost, history: { version, deleted, data, steps } }
}
