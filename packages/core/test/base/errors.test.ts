import { expect, expectTypeOf, test } from 'vitest'
import {
  SyncError,
  dispositions,
  hasCode,
  isErrorCode,
  isSyncError,
  reasonOf,
  type Disposition,
  type ErrorCode,
  type ErrorDetails,
} from '../../src/base/errors.ts'

test('every code has a disposition', () => {
  expectTypeOf<keyof typeof dispositions>().toEqualTypeOf<keyof ErrorDetails>()
  const known: readonly Disposition[] = ['retry', 'blocked', 'fatal']
  expect(Object.values(dispositions).filter((one) => !known.includes(one))).toEqual([])
  expect(Object.keys(dispositions)).toHaveLength(new Set(Object.keys(dispositions)).size)
})

test('an error carries its code, its sentence, its details and its cause', () => {
  const cause = new Error('inner')
  const error: unknown = new SyncError('QUEUE_FULL', 'The queue is full.', { limit: 3 }, { cause })
  expect(isSyncError(error)).toBe(true)
  expect(error).toMatchObject({
    name: 'SyncError',
    code: 'QUEUE_FULL',
    message: 'The queue is full.',
    details: { limit: 3 },
    disposition: 'fatal',
    cause,
  })
})

test('hasCode narrows the details', () => {
  const error: unknown = new SyncError('RESET_REQUIRED', 'Start again.', { reason: 'revoked' })
  expect(hasCode(error, 'INVALID')).toBe(false)
  expect(hasCode(error, 'RESET_REQUIRED') && error.details.reason).toBe('revoked')
  expect(hasCode(new Error('RESET_REQUIRED'), 'RESET_REQUIRED')).toBe(false)
})

test('the details of a code are checked', () => {
  // @ts-expect-error Property 'limit' is missing
  expect(new SyncError('QUEUE_FULL', '', {}).code).toBe('QUEUE_FULL')
  // @ts-expect-error Type '"bored"' is not assignable to type 'ResetReason'
  expect(new SyncError('RESET_REQUIRED', '', { reason: 'bored' }).code).toBe('RESET_REQUIRED')
  // @ts-expect-error Argument of type '"NOPE"' is not assignable to parameter of type 'keyof ErrorDetails'
  expect(new SyncError('NOPE', '', {}).code).toBe('NOPE')
})

test.each(['toString', '__proto__', 'invalid', '', 1, null])('%j is no code', (code) => {
  expect(isErrorCode(code)).toBe(false)
})

test('isErrorCode knows every code', () => {
  const codes: readonly ErrorCode[] = Object.keys(dispositions).filter(isErrorCode)
  expect(codes).toHaveLength(Object.keys(dispositions).length)
})

test('reasonOf takes whatever was thrown', () => {
  expect(reasonOf(new Error('a'))).toBe('a')
  expect(reasonOf('b')).toBe('b')
  expect(reasonOf(null)).toBe('null')
})
