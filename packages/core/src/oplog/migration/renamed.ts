import type { RecordData } from '../../model/record.ts'

/** The fields that a migration took away, and those that it brought. */
export interface Renaming {
  readonly gone: ReadonlySet<string>
  readonly come: readonly string[]
}

export const renamingOf = (before: RecordData | undefined, after: RecordData | undefined): Renaming => {
  if (before === undefined || after === undefined) return { gone: new Set(), come: [] }
  return {
    gone: new Set(Object.keys(before).filter((field) => !Object.hasOwn(after, field))),
    come: Object.keys(after).filter((field) => !Object.hasOwn(before, field)),
  }
}

/** Names of fields, after it: whatever went is taken for all that came, since nobody says which is which. */
export const renamed = (fields: readonly string[], { gone, come }: Renaming): readonly string[] => {
  if (!fields.some((field) => gone.has(field))) return fields
  return [...new Set([...fields.filter((field) => !gone.has(field)), ...come])].sort()
}

export const renamedKeys = <TValue>(
  values: Readonly<Record<string, TValue>>,
  renaming: Renaming,
): Readonly<Record<string, TValue>> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([field, value]) =>
      renamed([field], renaming).map((name): [string, TValue] => [name, value]),
    ),
  )
