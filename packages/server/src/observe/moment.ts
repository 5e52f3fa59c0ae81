/** Milliseconds since 1970, as far as anybody can tell. */
export const isMoment = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0
