import { parseData } from './values.ts'

/** The name under which a payload says how much earlier than the operation some of its fields were written. */
export const agesKey = '$ages'

export const agesIn = (payload: string): Readonly<Record<string, number>> =>
  payload.includes(agesKey)
    ? ((parseData(payload)[agesKey] ?? {}) as unknown as Readonly<Record<string, number>>)
    : {}
