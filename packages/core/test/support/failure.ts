import { expect } from 'vitest'
import { hasCode, type ErrorCode, type SyncError } from '@holdfast/core'

/** The SyncError of this code that `action` ends with; its message is a sentence that says what to do. */
export const failure = async <TCode extends ErrorCode>(
  action: Promise<unknown> | (() => unknown),
  code: TCode,
): Promise<SyncError<TCode>> => {
  const error = await caught(action)
  if (!hasCode(error, code)) throw new Error(`Expected ${code}, got ${String(error)}`, { cause: error })
  expectSentence(error)
  return error
}

const caught = async (action: Promise<unknown> | (() => unknown)): Promise<unknown> => {
  try {
    await (typeof action === 'function' ? action() : action)
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown.')
}

export const expectSentence = ({ message }: SyncError): void => {
  expect(message).toMatch(/^\S.*\s.*\.$/s)
}
