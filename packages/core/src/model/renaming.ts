import { portableEquals } from '../base/portable.ts'
import type { RecordData } from './record.ts'

/** The fields that a migration took away, each with those that may have taken its place. */
export type Renaming = ReadonlyMap<string, readonly string[]>

/**
 * Nobody says what became of a field that went. Those that came with its very value did; else all that came may have, but
 * for those.
 */
export const renamingOf = (before: RecordData = {}, after: RecordData = before): Renaming => {
  const gone = Object.keys(before).filter((field) => !Object.hasOwn(after, field))
  const come = Object.keys(after).filter((field) => !Object.hasOwn(before, field))
  const same = new Map(
    gone.map((field) => [field, come.filter((other) => portableEquals(before[field], after[other]))]),
  )
  const taken = new Set([...same.values()].flat())
  const rest = come.filter((field) => !taken.has(field))
  return new Map([...same].map(([field, heirs]) => [field, heirs.length > 0 ? heirs : rest]))
}

/** Names of fields, after it. */
export const renamed = (fields: readonly string[], renaming: Renaming): readonly string[] =>
  fields.some((field) => renaming.has(field))
    ? [...new Set(fields.flatMap((field) => renaming.get(field) ?? [field]))].sort()
    : fields

export const renamedKeys = <TValue>(
  values: Readonly<Record<string, TValue>>,
  renaming: Renaming,
): Readonly<Record<string, TValue>> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([field, value]) =>
      (renaming.get(field) ?? [field]).map((name): [string, TValue] => [name, value]),
    ),
  )
