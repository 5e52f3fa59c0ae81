/** Milliseconds, or a number with a unit: `'90m'`, `'12h'`, `'30d'`, `'2w'`. */
export type Duration = number | `${number}${Unit}`

type Unit = 'm' | 'h' | 'd' | 'w'

const hour = 3_600_000
const units: Readonly<Record<Unit, number>> = { m: hour / 60, h: hour, d: 24 * hour, w: 7 * 24 * hour }

/** In milliseconds; NaN for what is none. */
export const toMilliseconds = (duration: unknown): number => {
  if (typeof duration === 'number') return duration
  const [, count, unit] = /^(\d+(?:\.\d+)?)([mhdw])$/.exec(String(duration)) ?? []
  return count === undefined ? Number.NaN : Number(count) * units[unit as Unit]
}
