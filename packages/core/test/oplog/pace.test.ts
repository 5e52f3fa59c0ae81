import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import {
  afterAnswer,
  afterCut,
  afterRefusal,
  afterRefusalAlone,
  afterTimeOut,
  fullPace,
  isTimeOut,
  limitsAt,
  type Carried,
  type Pace,
} from '../../src/oplog/batch/pace.ts'

const most = { operations: 200, bytes: 800_000 }
const batch = (operations: number, bytes: number): Carried => ({ carried: { operations, bytes }, most })
const quick = { ms: 100, answerMs: 5_000, wasFull: true }

/** Sends batches of operations of `each` bytes through something that takes `limit` bytes; counts what it refuses. */
const drainThrough = (each: number, limit: number, operations: number) => {
  let pace: Pace = fullPace
  let left = operations
  let refused = 0
  let pushes = 0
  while (left > 0) {
    const limits = limitsAt(pace, most)
    const count = Math.max(1, Math.min(left, limits.operations, Math.floor(limits.bytes / each)))
    const one = batch(count, count * each)
    if (count > 1 && count * each > limit) {
      refused += 1
      pace = afterRefusal(pace, one)
      continue
    }
    pushes += 1
    left -= count
    pace = afterAnswer(pace, one, { ...quick, wasFull: left > 0 })
  }
  return { refused, pushes, pace }
}

test('[EN38] a refused batch is halved by what it carried, until one operation is left', () => {
  expect(limitsAt(afterRefusal(fullPace, batch(200, 160_000)), most)).toEqual({
    operations: 100,
    bytes: 400_000,
  })
  // It was far from its limits.
  expect(limitsAt(afterRefusal(fullPace, batch(8, 8_000)), most)).toMatchObject({ operations: 4 })
  let pace = fullPace
  for (let carried = 200; carried > 1; carried = limitsAt(pace, most).operations)
    pace = afterRefusal(pace, batch(carried, carried * 500))
  expect(limitsAt(pace, most).operations).toBe(1)
})

test('[EN38] whatever the limit on the way, few batches are refused, and they come near it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 900, max: 20_000 }),
      fc.integer({ min: 20_000, max: 900_000 }),
      (each, limit) => {
        const { refused, pushes } = drainThrough(each, limit, 10_000)
        const fitting = Math.max(1, Math.min(200, Math.floor(limit / each), Math.floor(most.bytes / each)))
        const ideal = Math.ceil(10_000 / fitting)
        expect(refused).toBeLessThan(10 + pushes / 8)
        expect(pushes).toBeLessThan(ideal * 1.6 + 25)
      },
    ),
  )
})

test('[EN38] a limit that was lifted is noticed', () => {
  let pace = afterRefusal(fullPace, batch(200, 160_000))
  for (let count = 0; count < 400; count += 1) {
    const { operations, bytes } = limitsAt(pace, most)
    pace = afterAnswer(pace, batch(operations, bytes), quick)
  }
  expect(pace).toEqual(fullPace)
})

test('[EN38] a time-out halves, a cut halves down to a quarter', () => {
  expect(afterTimeOut({ share: 0.02 }, batch(4, 4_000)).share).toBe(0.01)
  expect(afterCut(fullPace, batch(200, 0)).share).toBe(0.5)
  expect(afterCut({ share: 0.3 }, batch(60, 0)).share).toBe(0.25)
  expect(afterCut({ share: 0.1 }, batch(20, 0)).share).toBe(0.1)
  expect(afterCut(fullPace, batch(3, 0)).share).toBe(0.25)
})

test('[EN38] slow answers make batches smaller in proportion, quick ones larger, and small batches say nothing', () => {
  const full = batch(200, 160_000)
  const slow = (ms: number): Pace => afterAnswer(fullPace, full, { ...quick, ms })
  expect(slow(6_250).share).toBeCloseTo(0.8)
  expect(slow(60_000).share).toBe(0.5)
  expect(slow(4_000)).toEqual(fullPace)
  const half: Pace = { share: 0.5 }
  expect(afterAnswer(half, batch(100, 80_000), quick).share).toBeCloseTo(0.525)
  expect(afterAnswer(half, batch(100, 80_000), { ...quick, ms: 3_000 })).toEqual(half)
  expect(afterAnswer(half, batch(2, 2_000), { ...quick, wasFull: false })).toEqual(half)
})

/** Each answer takes a time of its own, however little was sent, and something for each operation. */
const sendOver = (start: Pace, fixed: number, each: number, batches: number): Pace => {
  let pace = start
  for (let count = 0; count < batches; count += 1) {
    const { operations } = limitsAt(pace, most)
    pace = afterAnswer(pace, batch(operations, operations * 500), { ...quick, ms: fixed + each * operations })
  }
  return pace
}

test('[EN38] where each answer takes long, whatever it carries, batches stay at a quarter, and come back to it', () => {
  expect(sendOver(fullPace, 6_000, 5, 100).share).toBe(0.25)
  expect(afterAnswer(fullPace, batch(1, 500), { ...quick, ms: 10_000, wasFull: false }).share).toBe(0.25)
  expect(sendOver({ share: 0.005 }, 6_000, 5, 100).share).toBe(0.25)
})

test('[EN38] a single operation that is refused says nothing about batches', () => {
  const pace = afterRefusal(fullPace, batch(2, 2_000))
  expect(afterRefusalAlone(pace)).toEqual({ share: 0.25 })
})

test('[EN38] the pace stays within its bounds, whatever happens', () => {
  const carried = fc.record({
    operations: fc.integer({ min: 1, max: 200 }),
    bytes: fc.integer({ min: 1, max: 2_000_000 }),
  })
  const step = fc.tuple(
    fc.constantFrom(0, 1, 2, 3, 4),
    carried,
    fc.integer({ min: 0, max: 40_000 }),
    fc.boolean(),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let pace: Pace = fullPace
      for (const [kind, one, ms, wasFull] of steps) {
        const sent = { carried: one, most }
        if (kind === 0) pace = afterRefusal(pace, sent)
        if (kind === 1) pace = afterTimeOut(pace, sent)
        if (kind === 2) pace = afterCut(pace, sent)
        if (kind === 3) pace = afterRefusalAlone(pace)
        if (kind === 4) pace = afterAnswer(pace, sent, { ms, answerMs: 5_000, wasFull })
        expect(pace.share).toBeGreaterThan(0)
        expect(pace.share).toBeLessThanOrEqual(1)
        expect(limitsAt(pace, most).operations).toBeGreaterThanOrEqual(1)
      }
    }),
  )
})

test('[EN38] a time-out is known by its reason, and by the statuses of gateways', () => {
  const failed = (status: number): SyncError => new SyncError('SERVER_FAILED', 'No.', { status })
  expect(isTimeOut(new SyncError('NETWORK_UNREACHABLE', 'No.', { reason: 'time-out' }))).toBe(true)
  expect(isTimeOut(new SyncError('NETWORK_UNREACHABLE', 'No.', { reason: 'fetch failed' }))).toBe(false)
  expect(isTimeOut(failed(504))).toBe(true)
  expect(isTimeOut(failed(503))).toBe(false)
  expect(isTimeOut(new SyncError('BAD_ANSWER', 'No.', { status: 408 }))).toBe(true)
  expect(isTimeOut(new SyncError('RATE_LIMITED', 'No.', {}))).toBe(false)
})
