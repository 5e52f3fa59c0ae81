import { renamingOf, type FieldVersion, type RecordData, type ServerRow } from '@holdfast/core/protocol'

/**
 * Who changed which field last, after a migration: a field that came has the newest history of those whose place it may
 * have taken. So a rename is judged by what was known of the old name.
 */
export const inheritedVersions = (
  { data: before, fieldVersions }: Pick<ServerRow, 'data' | 'fieldVersions'>,
  after: RecordData,
): Readonly<Record<string, FieldVersion>> => {
  const next: Record<string, FieldVersion> = { ...fieldVersions }
  for (const [gone, heirs] of renamingOf(before, after)) {
    const own = fieldVersions[gone]
    if (own === undefined) continue
    for (const heir of heirs) {
      const known = next[heir]
      if (known === undefined || known.version < own.version) next[heir] = own
    }
  }
  return next
}
