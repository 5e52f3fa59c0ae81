import type { Environment } from './environment.ts'

const counterLimit = 0x1000

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

/**
 * Makes UUIDv7 (RFC 9562, method 1), each greater than the one before: milliseconds, a counter that begins in the lower
 * half of its range with each millisecond, and 62 random bits.
 */
export const createUuids = ({ clock, random }: Pick<Environment, 'clock' | 'random'>): (() => string) => {
  let time = 0
  let counter = 0
  return () => {
    const [first = 0, second = 0, variant = 0, ...rest] = random.bytes(10)
    const now = clock.now()
    counter += 1
    if (now > time || counter === counterLimit) {
      time = Math.max(now, time + 1)
      counter = ((first << 8) | second) % (counterLimit / 2)
    }
    const tail = [(variant & 0x3f) | 0x80, ...rest].map((byte) => hex(byte, 2)).join('')
    const digits = `${hex(time, 12)}7${hex(counter, 3)}${tail}`
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }
}
