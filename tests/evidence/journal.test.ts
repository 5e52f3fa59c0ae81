import {
  collection,
  createSyncClient,
  defineSchema,
  fieldMerge,
  lastWriteWins,
  serverWins,
  type ConflictStrategy,
  type Plugin,
  type SyncClient,
} from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { journal, journalEntries, type JournalApi, type JournalEntry } from '@holdfast/plugins/journal'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  manualEnvironment,
  type ManualEnvironment,
} from '../../packages/core/test/support/manual-environment.ts'
import { databaseNames, databases, type DatabaseName } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { scope, startServer } from '../harness/server.ts'

const fields = z.object({ id: z.string(), title: z.string().max(65_536), text: z.string().default('') })

const joined: ConflictStrategy = {
  name: 'joined',
  resolve: ({ fields: disputed, local, remote }) => ({
    take: 'merged',
    patch: Object.fromEntries(
      disputed.map((field) => [field, JSON.stringify([remote.values[field], local.values[field]])]),
    ),
  }),
}

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    latest: collection({ fields, conflict: lastWriteWins() }),
    official: collection({ fields, conflict: serverWins() }),
    nested: collection({
      fields,
      conflict: fieldMerge({ onOverlap: 'ask', fields: { title: lastWriteWins() } }),
    }),
    joined: collection({ fields, conflict: joined }),
    doomed: collection({ fields, conflict: lastWriteWins(), deletes: 'deleteWins' }),
    journal: journalEntries(),
  },
})

type Collections = (typeof schema)['collections']
type Settling = Exclude<keyof Collections, 'journal'>

interface Device {
  readonly client: SyncClient<Collections, readonly Plugin<'journal', JournalApi>[]>
  readonly environment: ManualEnvironment
  readonly sync: () => Promise<void>
}

const keep = 6

/** Two devices with files of their own, over a real server. `restart` ends all three, and starts them on what is stored. */
const openWorld = async (name: DatabaseName) => {
  const folder = temporaryFolder()
  const database = await databases[name]()
  const plugin = journal({ collection: 'journal', keep, maxCharacters: 10_000 })

  const start = async () => {
    const server = await startServer({
      schema,
      database,
      plugins: [plugin],
      authorize: ({ after }) => after?.['text'] !== 'forbidden',
    })
    const device = async (user: string): Promise<Device> => {
      server.tokens.set(user, { id: user })
      const environment = manualEnvironment()
      const client = await createSyncClient({
        schema,
        user,
        storage: sqliteStorage({ filename: folder.path(`${user}.db`), durability: 'normal', environment }),
        transport: trpcTransport({
          url: `${server.url}/trpc`,
          headers: () => ({ authorization: `Bearer ${user}` }),
          transformer: 'none',
          environment,
        }),
        scopes: [scope],
        autoStart: false,
        environment,
        plugins: [plugin],
      })
      const sync = async (): Promise<void> => {
        client.start()
        expect(await client.syncNow()).toMatchObject({ status: 'synced' })
        client.pause()
      }
      return { client, environment, sync }
    }
    const devices = [await device('ann'), await device('ben')] as const
    const stop = async (): Promise<void> => {
      for (const { client } of devices) await client.close()
      await server[Symbol.asyncDispose]()
    }
    return { devices, stop }
  }

  let running = await start()
  return {
    prisma: database.prisma,
    ann: (): Device => running.devices[0],
    ben: (): Device => running.devices[1],
    async meet() {
      for (let round = 0; round < 2; round += 1) for (const { sync } of running.devices) await sync()
    },
    async restart() {
      await running.stop()
      running = await start()
    },
    async [Symbol.asyncDispose]() {
      await running.stop()
      await database.close()
      folder[Symbol.dispose]()
    },
  }
}

type World = Awaited<ReturnType<typeof openWorld>>

/** Ann changes the title and is there first; Ben, who had not seen it, changes it half a minute later. */
const dispute = async (
  world: World,
  name: Settling,
  [hers, his]: readonly [string, string],
): Promise<void> => {
  const [ann, ben] = [world.ann(), world.ben()]
  const known = await ann.client.collections[name].get('r')
  if (known === undefined) await ann.client.collections[name].create({ id: 'r', title: 'start' })
  await world.meet()
  await ann.client.collections[name].update('r', { title: hers })
  ben.environment.advance(30_000)
  await ben.client.collections[name].update('r', { title: his })
  await world.meet()
}

/** Ann does the first, Ben the second, neither seeing the other's. */
const disputeDeletion = async (world: World, name: 'latest' | 'doomed', id: string): Promise<void> => {
  const [ann, ben] = [world.ann().client.collections[name], world.ben().client.collections[name]]
  await ann.create({ id, title: 'start' })
  await world.meet()
  const isDeletedFirst = id === 'deleted-first'
  await (isDeletedFirst ? ann.delete(id) : ann.update(id, { title: 'edited' }))
  await (isDeletedFirst ? ben.update(id, { title: 'edited' }) : ben.delete(id))
  await world.meet()
}

const listsOf = async (world: World): Promise<readonly (readonly JournalEntry[])[]> =>
  Promise.all([world.ann(), world.ben()].map(({ client }) => client.plugins.journal.list()))

const titlesOf = async (world: World, name: Settling): Promise<readonly (string | undefined)[]> =>
  Promise.all(
    [world.ann(), world.ben()].map(async ({ client }) => (await client.collections[name].get('r'))?.title),
  )

/** The journal's rows on the server, in the order of their ids. */
const rowsOf = (world: World) =>
  world.prisma.holdfastRecord.findMany({ where: { collection: 'journal' }, orderBy: { recordId: 'asc' } })

const edited = (id: string) => ({ id, title: 'edited', text: '' })

const ways: readonly (readonly [string, (world: World) => Promise<void>, Partial<JournalEntry>])[] = [
  [
    'last write wins',
    (world) => dispute(world, 'latest', ['hers', 'his']),
    { strategy: 'lastWriteWins', field: 'title', local: 'his', remote: 'hers', kept: 'local' },
  ],
  [
    'the server wins',
    (world) => dispute(world, 'official', ['hers', 'his']),
    { strategy: 'serverWins', field: 'title', local: 'his', remote: 'hers', kept: 'remote' },
  ],
  [
    'by field',
    (world) => dispute(world, 'nested', ['hers', 'his']),
    { strategy: 'fieldMerge', field: 'title', local: 'his', remote: 'hers', kept: 'local' },
  ],
  [
    'merged',
    (world) => dispute(world, 'joined', ['hers', 'his']),
    {
      strategy: 'joined',
      field: 'title',
      local: 'his',
      remote: 'hers',
      kept: 'merged',
      merged: '["hers","his"]',
    },
  ],
  ...(['latest', 'doomed'] as const).flatMap((name) => {
    const [strategy, wins] =
      name === 'latest' ? ['deletes: editWins', 'edit'] : ['deletes: deleteWins', 'deletion']
    return [
      [
        `${wins} wins, deleted last`,
        (world: World) => disputeDeletion(world, name, 'edited-first'),
        {
          ...{ strategy, field: '$deleted', local: null, remote: edited('edited-first') },
          kept: wins === 'edit' ? 'remote' : 'local',
        },
      ],
      [
        `${wins} wins, edited last`,
        (world: World) => disputeDeletion(world, name, 'deleted-first'),
        {
          ...{ strategy, field: '$deleted', local: edited('deleted-first'), remote: null },
          kept: wins === 'edit' ? 'local' : 'remote',
        },
      ],
    ] as const
  }),
]

test.each(databaseNames)(
  '[JN1] [JN6] whatever is settled is recorded on all devices, and undone for all, on %s',
  async (name) => {
    await using world = await openWorld(name)
    for (const [_, settle, wanted] of ways) {
      await settle(world)
      for (const [newest] of await listsOf(world))
        expect(newest).toMatchObject({ ...wanted, localBy: 'ben', remoteBy: 'ann', undone: undefined })
    }
    const [before] = await listsOf(world)
    await world.restart()
    expect(await listsOf(world)).toEqual([before, before])

    await dispute(world, 'latest', ['hers', 'his'])
    const [settled] = (await listsOf(world))[0] ?? []
    expect(await titlesOf(world, 'latest')).toEqual(['his', 'his'])
    const { operationId } = await world.ann().client.plugins.journal.undo(settled?.id ?? '')
    expect(await titlesOf(world, 'latest')).toEqual(['hers', 'his'])
    await world.restart()
    await world.meet()
    expect(await titlesOf(world, 'latest')).toEqual(['hers', 'hers'])
    expect(await world.ann().client.operations.get(operationId)).toMatchObject({
      fate: { kind: 'applied', lost: [] },
    })
    for (const [entry] of await listsOf(world))
      expect(entry).toMatchObject({ id: settled?.id, undone: { by: 'ann', take: 'remote' } })
    figure(
      `${name}: ${ways.length} ways to settle recorded with both values on 2 devices, also after a restart; 1 merge undone, seen by 2 of 2`,
    )
  },
)

test.each(databaseNames)('[JN3] [JN4] [JN2] the journal stays bounded, on %s', async (name) => {
  await using world = await openWorld(name)
  const rounds = 3 * keep
  for (let round = 1; round <= rounds; round += 1)
    await dispute(world, 'latest', [`hers ${round}`, `his ${round}`])
  const rows = await rowsOf(world)
  expect(rows).toHaveLength(keep + 1)
  expect(rows.filter(({ deleted }) => deleted)).toEqual([])
  for (const list of await listsOf(world))
    expect(list.map(({ local }) => local)).toEqual(
      Array.from({ length: keep }, (_, index) => `his ${rounds - index}`),
    )

  // A refused operation leaves nothing, alone and in a transaction.
  const ben = world.ben().client
  await world.ann().client.collections.latest.update('r', { title: 'hers' })
  world.ben().environment.advance(30_000)
  await ben.collections.latest.update('r', { title: 'his', text: 'forbidden' })
  await ben.transaction(async ({ collections }) => {
    await collections.latest.update('r', { title: 'his' })
    await collections.nested.create({ id: 'r', title: 'his', text: 'forbidden' })
  })
  await world.meet()
  const dead = await ben.deadLetters.list()
  expect(dead).toHaveLength(3)
  expect(await rowsOf(world)).toEqual(rows)

  const long = 'x'.repeat(60_000)
  await dispute(world, 'latest', [`hers ${long}`, `his ${long}`])
  expect(await titlesOf(world, 'latest')).toEqual([`his ${long}`, `his ${long}`])
  for (const [newest] of await listsOf(world))
    expect(newest).toMatchObject({
      field: 'title',
      withheld: 'tooLarge',
      local: undefined,
      remote: undefined,
    })
  const after = await rowsOf(world)
  expect(after).toHaveLength(keep + 1)
  const characters = after.reduce((sum, { data }) => sum + JSON.stringify(data).length, 0)
  expect(characters).toBeLessThan((keep + 1) * 10_500)
  figure(
    `${name}: ${rounds + 1} settlements with ${keep} kept: ${after.length} rows, ${characters} characters; ` +
      `${dead.length} refused operations left 0 entries; 2 values of ${long.length} characters left 1 without them`,
  )
})
