import { assert, double, integer, nat, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import { askedWait, defaultRetry, waitFor } from '../../src/engine/backoff.ts'

const unreachable = new SyncError('NETWORK_UNREACHABLE', 'Try later.', {})
const policies = record({
  base: integer({ min: 1, max: 100_000 }),
  cap: integer({ min: 1, max: 1_000_000 }),
})
const attempts = integer({ min: 1, max: 10_000 })
const jitters = double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('[EN10] full jitter: any time from none up to a bound that doubles, never above the cap', () => {
  assert(
    property(policies, attempts, jitters, (policy, attempt, jitter) => {
      const wait = waitFor(policy, attempt, { error: unreachable, jitter })
      const bound = Math.min(policy.cap, policy.base * 2 ** (attempt - 1))
      expect(Number.isSafeInteger(wait)).toBe(true)
      expect(wait).toBeGreaterThanOrEqual(0)
      expect(wait).toBeLessThanOrEqual(bound)
      expect(Math.abs(wait - bound * jitter)).toBeLessThanOrEqual(0.5)
    }),
  )
})

test('[EN10] more jitter never waits less, and a later attempt never waits less', () => {
  assert(
    property(policies, attempts, jitters, jitters, (policy, attempt, one, other) => {
      const at = (count: number, jitter: number): number =>
        waitFor(policy, count, { error: unreachable, jitter })
      expect(at(attempt, Math.min(one, other))).toBeLessThanOrEqual(at(attempt, Math.max(one, other)))
      expect(at(attempt, one)).toBeLessThanOrEqual(at(attempt + 1, one))
    }),
  )
})

test('[EN11] never less than the server asked for, and no more than the usual wait on top', () => {
  assert(
    property(
      policies,
      attempts,
      jitters,
      nat({ max: 86_400_000 }),
      (policy, attempt, jitter, retryAfterMs) => {
        const error = new SyncError('RATE_LIMITED', 'Not so fast.', { retryAfterMs })
        const wait = waitFor(policy, attempt, { error, jitter })
        expect(wait).toBe(retryAfterMs + waitFor(policy, attempt, { error: unreachable, jitter }))
      },
    ),
  )
})

test('[EN11] a server that fails may ask for a wait too; other failures ask for none', () => {
  expect(askedWait(new SyncError('SERVER_FAILED', 'Busy.', { status: 503, retryAfterMs: 7_000 }))).toBe(7_000)
  expect(askedWait(new SyncError('SERVER_FAILED', 'Busy.', {}))).toBeUndefined()
  expect(askedWait(unreachable)).toBeUndefined()
})

test('the defaults are what the options promise', () => {
  expect(defaultRetry).toEqual({ base: 1_000, cap: 60_000 })
})
