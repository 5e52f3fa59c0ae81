import { parseData, renamed } from './values.ts'

/** The name under which a payload says how much earlier than the operation some of its fields were written. */
export const agesKey = '$ages'

export const agesIn = (payload: string): Readonly<Record<string, number>> =>
  payload.includes(agesKey)
    ? ((parseData(payload)[agesKey] ?? {}) as unknown as Readonly<Record<string, number>>)
    : {}

/** Fields of a creation that its author did not write: it is an edit of a record that its author has seen. */
export const unwrittenIn = ({ type, payload }: Sent): readonly string[] =>
  type !== 'create'
    ? []
    : Object.entries(agesIn(payload)).flatMap(([field, age]) => (age >= 10 ** 13 ? [renamed(field)] : []))

export const isCreation = (operation: Sent): boolean =>
  operation.type === 'create' && unwrittenIn(operation).length === 0

interface Sent {
  readonly type: string
  readonly payload: string
}
