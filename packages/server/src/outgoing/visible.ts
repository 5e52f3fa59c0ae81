import { encodePortable, type ServerRow } from '@holdfast/core/protocol'
import type { ServerOnlyFields } from '../server-only.ts'

/**
 * The one way out for record data: pages, snapshots, conflicts and verdicts all pass here, so that a rule about what a
 * reader may see has one place.
 */
export type Visible = (row: ServerRow) => ServerRow

/** Without the fields that never leave the server, and what their types keep of them. */
export const createVisible =
  (serverOnly: ServerOnlyFields): Visible =>
  (row) => {
    const hidden = serverOnly.get(row.collection)
    if (hidden === undefined) return row
    const keeps = ([member]: readonly [string, unknown]): boolean => !hidden.has(member.replace(/\$$/, ''))
    return {
      ...row,
      data: Object.fromEntries(Object.entries(row.data).filter(keeps)),
      fieldVersions: Object.fromEntries(Object.entries(row.fieldVersions).filter(keeps)),
    }
  }

/** What a verdict says of a record, in the portable codec; null: nothing. */
export type Disclose = (row: ServerRow) => string | null

/** `none`: whoever is asked has what they pull, and no more. */
export const createDisclose =
  (visible: Visible, conflictData: 'none' | 'readable'): Disclose =>
  (row) =>
    conflictData === 'none' ? null : encodePortable(visible(row).data)
