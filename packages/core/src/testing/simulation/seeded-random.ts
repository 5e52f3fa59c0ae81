import type { Random } from '../../base/environment.ts'

/** Randomness that a seed decides: the same seed and the same calls give the same values. */
export interface SeededRandom extends Random {
  /** A whole number from `least` to `most`, both included. */
  readonly between: (least: number, most: number) => number
  readonly chance: (probability: number) => boolean
  /** @throws where the list is empty */
  readonly pick: <TItem>(items: readonly TItem[]) => TItem
  /** One of the names, each as often as its weight says. @throws where all weights are 0 */
  readonly weighted: <TName extends string>(weights: Readonly<Record<TName, number>>) => TName
  /** A generator of its own: what one part draws leaves the others' values as they were. */
  readonly fork: (label: string) => SeededRandom
}

/** Four 32-bit numbers of a text (cyrb128). */
const hash128 = (text: string): [number, number, number, number] => {
  let [a, b, c, d] = [1_779_033_703, 3_144_134_277, 1_013_904_242, 2_773_480_762]
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    a = b ^ Math.imul(a ^ code, 597_399_067)
    b = c ^ Math.imul(b ^ code, 2_869_860_233)
    c = d ^ Math.imul(c ^ code, 951_274_213)
    d = a ^ Math.imul(d ^ code, 2_716_044_179)
  }
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0]
}

/** sfc32: small, fast, and good enough for everything but secrets. */
const generator = (seed: string): (() => number) => {
  let [a, b, c, d] = hash128(seed)
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
  for (let count = 0; count < 12; count += 1) next()
  return next
}

export const createSeededRandom = (seed: string): SeededRandom => {
  const next = generator(seed)
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    bytes: (length) => Uint8Array.from({ length }, () => between(0, 255)),
    between,
    chance: (probability) => next() < probability,
    pick(items) {
      const item = items[between(0, items.length - 1)]
      if (item === undefined) throw new RangeError('There is nothing to pick from.')
      return item
    },
    weighted(weights) {
      const names = Object.keys(weights) as (keyof typeof weights)[]
      let rest = next() * names.reduce((sum, name) => sum + weights[name], 0)
      for (const name of names) {
        rest -= weights[name]
        if (rest < 0) return name
      }
      throw new RangeError('All weights are 0.')
    },
    fork: (label) => createSeededRandom(`${seed}/${label}`),
  }
}
