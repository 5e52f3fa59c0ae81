import { expect, test } from 'vitest'
import { createWaits } from '../../src/engine/waits.ts'

const clocks = () => {
  let [wall, monotonic] = [1_750_000_000_000, 0]
  return {
    now: () => wall,
    monotonic: () => monotonic,
    pass(ms: number) {
      wall += ms
      monotonic += ms
    },
    jump(ms: number) {
      wall += ms
    },
  }
}

const hour = 3_600_000

test('[EN45] a wait that goes on takes what is left of it, whatever the clock did, and whatever else was waited for meanwhile', () => {
  const clock = clocks()
  const remaining = createWaits(clock)
  const until = clock.now() + 1_000
  expect(remaining(until)).toBe(1_000)
  clock.pass(300)
  clock.jump(-8 * hour)
  expect(remaining(until)).toBe(700)
  // A run beside it that had to be patient.
  expect(remaining(clock.now() + 50)).toBe(50)
  clock.pass(50)
  expect(remaining(until)).toBe(650)
  clock.jump(hour)
  expect(remaining(until)).toBe(650)
  clock.pass(hour)
  expect(remaining(until)).toBe(0)
})

test('[EN45] what is long over is forgotten', () => {
  const clock = clocks()
  const remaining = createWaits(clock)
  const until = clock.now() + 1_000
  remaining(until)
  for (let index = 1; index <= 8; index += 1) remaining(until + index)
  clock.jump(-hour)
  expect(remaining(until)).toBe(hour + 1_000)
})
