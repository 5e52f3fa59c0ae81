import { inject } from 'vitest'
import { providedAs } from '../../../../tools/redis/provided.ts'

/** The URL of the Redis server that this test run shares; it starts when the first test file asks. */
export const sharedRedis = async (): Promise<string> => {
  const answer = await fetch(inject(providedAs))
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text
}
