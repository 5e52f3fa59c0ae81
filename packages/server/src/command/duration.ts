const units: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
}

/** Milliseconds of `90d`; undefined for what is none. */
export const readDuration = (text: string): number | undefined => {
  const [, count, unit = ''] = /^(\d+)([smhdw])$/.exec(text) ?? []
  const ms = Number(count) * (units[unit] ?? Number.NaN)
  return Number.isSafeInteger(ms) && ms > 0 ? ms : undefined
}

const shown: readonly (readonly [number, string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
]

/** In the largest unit that it fills, rounded down. */
export const showDuration = (ms: number): string => {
  const [size, unit] = shown.find(([size]) => ms >= size) ?? [1000, 'second']
  const count = Math.floor(Math.max(0, ms) / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
