import type { ReadRequest, ReadResults } from '@holdfast/core/storage'
import type { Breaks } from './disk.ts'

/** Answers each request from a snapshot of its own. */
export const readsPiecewise: Breaks = (database) => ({
  ...database,
  async read<const TRequests extends readonly ReadRequest[]>(requests: TRequests) {
    await database.read([])
    const answers: unknown[] = []
    for (const request of requests) answers.push(...(await database.read([request])))
    return answers as unknown as ReadResults<TRequests>
  },
})
