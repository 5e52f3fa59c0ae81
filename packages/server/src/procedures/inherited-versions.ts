import { renamingOf, type FieldVersion, type RecordData, type ServerRow } from '@holdfast/core/protocol'

/**
 * Who changed which field last, after a migration: a field that came has the newest history of those whose place it may
 * have taken. So a rename is judged by what was known of the old name, and of the old name nothing stays that somebody could
 * not have seen.
 */
export const inheritedVersions = (
  { data: before, fieldVersions }: Pick<ServerRow, 'data' | 'fieldVersions'>,
  after: RecordData,
): Readonly<Record<string, FieldVersion>> => {
  const next = new Map(Object.entries(fieldVersions))
  for (const [gone, heirs] of renamingOf(before, after)) {
    const own = fieldVersions[gone]
    if (own === undefined) continue
    next.delete(gone)
    for (const heir of heirs) {
      const known = next.get(heir)
      if (known === undefined || known.version < own.version) next.set(heir, own)
    }
  }
  return Object.fromEntries(next)
}
