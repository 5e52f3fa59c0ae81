import { createSyncClient } from '@holdfast/core'
import { decodePortable } from '@holdfast/core/protocol'
import { trpcTransport } from '@holdfast/core/trpc'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { schema } from '../../../packages/core/test/support/schema.ts'
import type { HostedServer } from '../start-server.ts'

const scope = 'team-ada'

const openClient = (url: string) =>
  createSyncClient({
    schema,
    user: 'ada',
    storage: memoryStorage(),
    transport: trpcTransport({
      url: `${url}/trpc`,
      headers: () => ({ authorization: 'ada' }),
      transformer: 'none',
    }),
    scopes: [scope],
    autoStart: false,
  })

type Client = Awaited<ReturnType<typeof openClient>>
type Rows = Readonly<Record<string, unknown>>

const sync = async (client: Client): Promise<string> => {
  client.start()
  return (await client.syncNow()).status
}

const shownBy = async ({ collections }: Client): Promise<Rows> => {
  const shown: [string, unknown][] = []
  for (const [name, collection] of Object.entries(collections)) {
    for (const record of await collection.find()) shown.push([`${name}/${record.id}`, record])
  }
  return Object.fromEntries(shown)
}

export interface Aftermath {
  readonly statuses: readonly string[]
  readonly one: Rows
  readonly other: Rows
  readonly server: Rows
  /** Positions of the feed that are there twice, or lie beyond its head. */
  readonly misplaced: number
}

/** Two devices that were never here before write, sync, and show what the server has. */
export const findAftermath = async ({ url, database: { prisma } }: HostedServer): Promise<Aftermath> => {
  const [one, other] = [await openClient(url), await openClient(url)]
  const statuses = [await sync(one), await sync(other)]
  for (let index = 0; index < 20; index += 1) {
    await one.collections.tasks.create({ id: `after-${index}`, title: `${index}` })
  }
  statuses.push(await sync(one), await sync(other))
  await other.collections.tasks.update('after-7', { title: 'changed' })
  statuses.push(await sync(other), await sync(one))

  const rows = await prisma.holdfastRecord.findMany({ where: { scope } })
  const state = await prisma.holdfastScope.findUniqueOrThrow({ where: { scope } })
  const places = new Set(rows.map(({ seq }) => seq).filter((seq) => seq >= 1 && seq <= state.head))
  const living = rows.filter(({ deleted }) => !deleted)
  const aftermath = {
    statuses,
    one: await shownBy(one),
    other: await shownBy(other),
    server: Object.fromEntries(
      living.map(({ collection, recordId, data }) => [`${collection}/${recordId}`, decodePortable(data)]),
    ),
    misplaced: rows.length - places.size,
  }
  await Promise.all([one.close(), other.close()])
  return aftermath
}
