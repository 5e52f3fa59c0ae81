import { expect, test } from 'vitest'
import { validate, version } from 'uuid'
import { createUuids } from '../../src/base/uuid.ts'
import { systemEnvironment } from '../../src/base/system-environment.ts'

const at = (...times: readonly number[]) => {
  let asked = 0
  const now = (): number => times[Math.min(asked++, times.length - 1)] ?? 0
  return createUuids({ clock: { now, monotonic: now }, random: systemEnvironment.random })
}

const many = (count: number, newId: () => string): readonly string[] => Array.from({ length: count }, newId)

test('ids are UUIDs of version 7 that begin with the time', () => {
  for (const id of many(1_000, at(Date.UTC(2026, 10, 25)))) {
    expect(validate(id)).toBe(true)
    expect(version(id)).toBe(7)
  }
  expect(at(0x0123_4567_89ab)()).toMatch(/^01234567-89ab-7/)
})

test('each is greater than the one before: within a millisecond, past its counter, and when the clock jumps back', () => {
  const ids = [...many(20_000, at(1_000)), ...many(5, at(3_000, 2_000, 1, 4_000, 4_000))]
  expect(ids).toEqual(ids.toSorted())
})

test('two makers at the same time make different ids', () => {
  const ids = [...many(5_000, at(7)), ...many(5_000, at(7))]
  expect(new Set(ids).size).toBe(ids.length)
})

test('the environment of the machine makes them by its own clock', () => {
  const before = Date.now()
  const time = Number.parseInt(systemEnvironment.newId().replace('-', '').slice(0, 12), 16)
  expect(time).toBeGreaterThanOrEqual(before)
  expect(time).toBeLessThanOrEqual(Date.now() + 1)
})
