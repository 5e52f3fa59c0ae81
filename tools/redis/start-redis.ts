import { z } from 'zod'
import { startKeeper } from '../servers/start-keeper.ts'
import { givenRedis } from './find-redis.ts'

export interface Redis extends AsyncDisposable {
  readonly url: string
  /** Where it comes from, for people. */
  readonly source: string
}

const report = z.object({ url: z.string(), program: z.string() })

/** A real Redis server: the one that `REDIS_URL` names, or one of its own that ends with this process. */
export const startRedis = async (): Promise<Redis> => {
  const given = givenRedis()
  if (given !== undefined) {
    return { url: given, source: 'REDIS_URL', [Symbol.asyncDispose]: async () => undefined }
  }
  const keeper = await startKeeper(`${import.meta.dirname}/keeper.ts`, [])
  const { url, program } = report.parse(keeper.report)
  return { url, source: program, [Symbol.asyncDispose]: () => keeper[Symbol.asyncDispose]() }
}
