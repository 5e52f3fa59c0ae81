import { deletedField } from '../model/record.ts'

/** Of each changed field: the lowest version that an author saw. */
export type Touched = Readonly<Record<string, number>>

interface Toucher {
  readonly fields: readonly string[]
  readonly baseVersion: number
}

export const addTouched = (touched: Touched, { fields, baseVersion }: Toucher): Touched => {
  const next: Record<string, number> = { ...touched }
  for (const field of fields) next[field] = Math.min(next[field] ?? baseVersion, baseVersion)
  return next
}

/**
 * The version that the author of a change of `fields` really saw. Under an operation of this device that is
 * not decided yet, newer values of the server were hidden: there it saw what that operation's author saw.
 */
export const seenVersion = (version: number, touched: Touched, fields: readonly string[]): number => {
  const hidden = fields.includes(deletedField)
    ? Object.values(touched)
    : fields.map((field) => touched[field] ?? version)
  return Math.min(version, ...hidden)
}

/** True when two changes meet in a field; deleting a record meets every change of it. */
export const meet = (left: readonly string[], right: readonly string[]): boolean =>
  left.includes(deletedField) || right.includes(deletedField) || left.some((field) => right.includes(field))
