import type { KillsClient } from './perform.ts'
import type { Found } from './told.ts'

/** All that a device has, by its own account. */
export const findAll = async (client: KillsClient): Promise<Found> => {
  const { own, shared } = client.collections
  const operations = await client.operations.list()
  const records = [
    ...(await own.find()).map((record) => ({ collection: 'own' as const, ...record })),
    ...(await shared.find()).map((record) => ({ collection: 'shared' as const, ...record })),
  ]
  return {
    operations: operations.map(({ id, collection, recordId, type, payload, localSeq, fate }) => ({
      ...{ id, collection, recordId, type, payload, localSeq },
      fate: fate.kind,
    })),
    records,
  }
}
