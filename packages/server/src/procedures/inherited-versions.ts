import type { FieldVersion, RecordData, ServerRow } from '@holdfast/core/protocol'

/**
 * Who changed which field last, after a migration: a field that came has the newest history of those that went, as
 * nobody says which of them it was. So a rename is judged by what was known of the old name.
 */
export const inheritedVersions = (
  { data: before, fieldVersions }: Pick<ServerRow, 'data' | 'fieldVersions'>,
  after: RecordData,
): Readonly<Record<string, FieldVersion>> => {
  const come = Object.keys(after).filter((field) => fieldVersions[field] === undefined)
  const gone = Object.keys(before).filter((field) => !Object.hasOwn(after, field))
  const [newest] = gone
    .flatMap((field) => fieldVersions[field] ?? [])
    .sort((left, right) => right.version - left.version)
  if (newest === undefined || come.length === 0) return fieldVersions
  return { ...fieldVersions, ...Object.fromEntries(come.map((field) => [field, newest])) }
}
