import type { ReadRequest, ReadResults } from '@holdfast/core/storage'
import type { Breaks } from './disk.ts'

const changesScans =
  (change: (request: ReadRequest) => ReadRequest): Breaks =>
  (database) => ({
    ...database,
    async read<const TRequests extends readonly ReadRequest[]>(requests: TRequests) {
      return (await database.read(requests.map(change))) as unknown as ReadResults<TRequests>
    },
  })

export const ignoresReverse: Breaks = changesScans((request) =>
  'scan' in request ? { ...request, reverse: false } : request,
)

/** Takes 0 for "no limit", as some databases do. */
export const takesZeroForAll: Breaks = changesScans((request) =>
  'scan' in request && request.limit === 0 ? { ...request, limit: undefined } : request,
)
