import type { Environment } from './environment.ts'

/**
 * Makes UUIDv7 (RFC 9562), each greater than the one before: 48 bits of milliseconds and 12 that begin in their lower half
 * and count, with a carry, then 62 random ones.
 */
export const createUuids = ({ clock, random }: Pick<Environment, 'clock' | 'random'>): (() => string) => {
  let last = 0n
  return () => {
    const [first = 0, second = 0, variant = 0, ...rest] = random.bytes(10)
    const next = (BigInt(clock.now()) << 12n) + BigInt(((first << 8) | second) & 0x7ff)
    last = next > last ? next : last + 1n
    const tail = [(variant & 0x3f) | 0x80, ...rest].map((byte) => byte.toString(16).padStart(2, '0'))
    const digits = last.toString(16).padStart(15, '0') + tail.join('')
    return digits.replace(/^(.{8})(.{4})(.{3})(.{4})/, '$1-$2-7$3-$4-')
  }
}
