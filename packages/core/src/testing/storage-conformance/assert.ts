import type { Environment } from '../../base/environment.ts'
import { hasCode, reasonOf, type ErrorCode, type SyncError } from '../../base/errors.ts'

const show = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 400 ? `${text.slice(0, 400)}... (${text.length} characters)` : text
}

const fail = (message: string): never => {
  throw new Error(message)
}

export function ensure(condition: boolean, message: string): asserts condition {
  if (!condition) fail(message)
}

/** Compares as JSON: enough for entries, keys, revisions and strings. */
export const equal = (actual: unknown, expected: unknown, what: string): void => {
  if (Object.is(actual, expected)) return
  const left = JSON.stringify(actual)
  if (left === undefined || left !== JSON.stringify(expected)) {
    fail(`${what}: expected ${show(expected)}, got ${show(actual)}`)
  }
}

/** Answers with the error, so that a rule can look at its details. */
export const rejects = async <TCode extends ErrorCode>(
  run: () => Promise<unknown>,
  code: TCode,
  what: string,
): Promise<SyncError<TCode>> => {
  let answer: unknown
  try {
    answer = await run()
  } catch (error) {
    if (!hasCode(error, code)) return fail(`${what}: expected a SyncError ${code}, got ${reasonOf(error)}`)
    ensure(error.message.length > 10, `${what}: the error says too little`)
    return error
  }
  return fail(`${what}: expected a SyncError ${code}, but it resolved to ${show(answer)}`)
}

export const pause = (environment: Environment, ms: number): Promise<void> =>
  new Promise((resolve) => {
    environment.timers.after(ms, resolve)
  })

/** Waits until `condition` holds, 5 seconds at most. */
export const until = async (
  environment: Environment,
  condition: () => boolean,
  what: string,
): Promise<void> => {
  for (let round = 0; round < 1000; round += 1) {
    if (condition()) return
    await pause(environment, 5)
  }
  fail(`${what}: waited for 5 seconds in vain`)
}
