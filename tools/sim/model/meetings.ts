import { applyTo } from './apply.ts'
import { deletion, hasUnseen, isUnseenField, type History } from './history.ts'
import { disputedFields, type Judged } from './judge.ts'
import { rulesOf } from './rules.ts'
import { partsOf } from './typed.ts'
import type { UnitRuling } from './unit.ts'
import { differences } from './values.ts'

/** What an operation met that its author had not seen, and by what that was settled. */
export type Meeting =
  | { readonly kind: 'strategy'; readonly name: string }
  | { readonly kind: 'field type'; readonly name: string }
  | { readonly kind: 'deletion'; readonly name: string }
  | { readonly kind: 'server half'; readonly name: string }

/** For the report: which rules an operation met. */
export const meetingsOf = (
  history: History | undefined,
  operation: Judged,
  ruling: UnitRuling,
): readonly Meeting[] => {
  const { collection, type, payload } = operation
  const rules = rulesOf(collection)
  if (rules.halves?.[type] !== undefined)
    return [{ kind: 'server half', name: ruling.kind === 'rejected' ? (ruling.reason ?? ruling.code) : type }]
  if (history === undefined || history.moved === true || type === 'move') return []
  if (!hasUnseen(history, operation)) return []
  const meetsDeletion = history.deleted ? isUnseenField(history, deletion, operation) : type === 'delete'
  if (meetsDeletion) return [{ kind: 'deletion', name: rules.deletes }]
  if (history.deleted || type === 'delete') return []
  const applied = applyTo(history.data, operation, history.version + 1)
  if (applied.kind !== 'record') return []
  const changed = differences(history.data, applied.data)
  const disputed = disputedFields(history, operation, rules, changed)
  const { deltas } = ['create', 'update', 'put'].includes(type) ? partsOf(payload) : { deltas: {} }
  const types = Object.keys(deltas)
    .filter((field) => isUnseenField(history, field, operation))
    .flatMap((field) => rules.kinds?.[field]?.name ?? [])
  return [
    ...(disputed.length === 0 ? [] : [{ kind: 'strategy', name: rules.strategy } as const]),
    ...types.map((name) => ({ kind: 'field type', name }) as const),
  ]
}
