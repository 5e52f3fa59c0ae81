import { visibleRecord } from '@holdfast/core/protocol'
import type { ServerStore } from '@holdfast/server'
import type { SqlRunner } from '@holdfast/server/prisma'
import type { Device } from './device.ts'
import { asText } from './reckoning.ts'
import { step } from './schema.ts'
import { scope } from './server.ts'

/** All that a device shows, in one text. */
export const shownBy = async ({ client }: Device): Promise<string> => {
  const { sites, tasks, flags, analytics } = client.collections
  const short = [...(await flags.find()), ...(await analytics.find())]
  return [await sites.find(), await tasks.find(), ...(short.length > 0 ? [short] : [])].map(asText).join('\n')
}

/** All that the server has, in the new shape. */
export const storedBy = async (store: ServerStore<SqlRunner>): Promise<string> => {
  const rows = await store.read(scope, (tx) => tx.recordsAfter(undefined, 100_000))
  const of = (collection: string) =>
    rows
      .filter((row) => row.collection === collection)
      .map(({ id, data }) => {
        const isOlder = collection === 'sites' && data['urgent'] === undefined
        return { ...visibleRecord(isOlder ? (step.records?.['sites']?.(data) ?? data) : data), id }
      })
  const short = [...of('flags'), ...of('analytics')]
  return [of('sites'), of('tasks'), ...(short.length > 0 ? [short] : [])].map(asText).join('\n')
}
