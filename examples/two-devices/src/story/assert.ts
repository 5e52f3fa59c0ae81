import { isDeepStrictEqual } from 'node:util'

/** @throws Error when the story takes a turn that it must not take */
export const assertSame = (what: string, found: unknown, expected: unknown): void => {
  if (isDeepStrictEqual(found, expected)) return
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}.`)
}
