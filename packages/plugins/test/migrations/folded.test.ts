import {
  collection,
  createSyncClient,
  defineSchema,
  lastWriteWins,
  SyncError,
  type Transport,
} from '@holdfast/core'
import { compaction } from '@holdfast/plugins/compaction'
import { migrations, type MigrationStep } from '@holdfast/plugins/migrations'
import { createMemoryServerState, memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { failing, localServer, scope, twisted } from '../../../core/test/support/transports.ts'
import { toContent, toStored } from '../../src/migrations/content.ts'

const conflict = lastWriteWins()
const id = z.string()
const first = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({
      fields: z.object({ id, title: z.string(), text: z.string().default('') }),
      conflict,
    }),
  },
})
const second = defineSchema({
  version: '2.0.0',
  collections: {
    notes: collection({ fields: z.object({ id, name: z.string(), text: z.string().default('') }), conflict }),
  },
})

type Content = ReturnType<NonNullable<NonNullable<MigrationStep['operations']>[string]>>
type Fields = Readonly<Record<string, Content['payload']>>

const rename = ({ title, ...rest }: Fields): Fields => ({
  ...rest,
  ...(title === undefined ? {} : { name: title }),
})

/** An app knows of creations and updates, and of nothing that compaction makes of them. */
const step: MigrationStep = {
  from: '1.0.0',
  to: '2.0.0',
  records: { notes: rename },
  operations: {
    notes: ({ type, payload }): Content =>
      type === 'create' || type === 'update'
        ? { type, payload: rename(payload as Fields) }
        : { type, payload },
  },
}

const openWorld = () => {
  const state = createMemoryServerState()
  const storage = memoryStorage()
  const serve = (
    schema: typeof first | typeof second,
    plugins: readonly ReturnType<typeof migrations>[] = [],
  ) => localServer({ schema, plugins, store: memoryServerStore({ state }) })('u-1')
  const common = { user: 'u-1', storage, scopes: [scope], autoStart: false } as const
  const environment = manualEnvironment()
  return {
    first: () => serve(first),
    second: () => serve(second, [migrations([step])]),
    openFirst: (transport: Transport) =>
      createSyncClient({ ...common, environment, schema: first, transport, plugins: [compaction()] }),
    openSecond: (transport: Transport) =>
      createSyncClient({ ...common, environment, schema: second, transport, plugins: [migrations([step])] }),
  }
}

type Client = Awaited<ReturnType<ReturnType<typeof openWorld>['openFirst']>>

const sync = async (client: Pick<Client, 'start' | 'syncNow' | 'pause'>) => {
  client.start()
  const state = await client.syncNow()
  client.pause()
  return state
}

/** An update and a creation, each of what was several operations. */
const writeFolded = async ({ collections: { notes }, operations, plugins }: Client): Promise<void> => {
  await notes.update('known', { title: 'second' })
  await notes.update('known', { text: 'later' })
  await notes.create({ id: 'new', title: 'made' })
  await notes.update('new', { text: 'later' })
  await plugins.compaction.compact(scope)
  const left = await operations.list({ status: 'PENDING' })
  expect(left.map(({ type }) => type)).toEqual(['put', 'create'])
  for (const { payload } of left) expect(payload).toContain('$ages')
}

const wanted = [
  { id: 'known', name: 'second', text: 'later' },
  { id: 'new', name: 'made', text: 'later' },
]

test('[MG17] what was folded and never sent comes up as the update and the creation that it stands for', async () => {
  const world = openWorld()
  const before = await world.openFirst(world.first())
  await before.collections.notes.create({ id: 'known', title: 'first' })
  await sync(before)
  await writeFolded(before)
  await before.close()
  const after = await world.openSecond(world.second())
  expect(await after.collections.notes.find({ orderBy: { id: 'asc' } })).toEqual(wanted)
  expect(await sync(after)).toMatchObject({ status: 'synced', deadLetters: 0, conflicts: 0 })
  expect(await after.collections.notes.find({ orderBy: { id: 'asc' } })).toEqual(wanted)
  await after.close()
})

test('[MG17] what was folded and sent is brought up by the server', async () => {
  const world = openWorld()
  const transport = twisted(world.first())
  const before = await world.openFirst(transport)
  await before.collections.notes.create({ id: 'known', title: 'first' })
  await sync(before)
  await writeFolded(before)
  transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})))
  await sync(before)
  expect(await before.operations.list({ status: 'SENT' })).toHaveLength(2)
  await before.close()
  const after = await world.openSecond(world.second())
  expect(await sync(after)).toMatchObject({ status: 'synced', deadLetters: 0, conflicts: 0 })
  expect(await after.collections.notes.find({ orderBy: { id: 'asc' } })).toEqual(wanted)
  await after.close()
})

test('[MG17] when fields were written stays, but for those that a step brought in; another type has none', () => {
  const payload = JSON.stringify({ title: 'a', text: 'b', $ages: { title: 7, text: 3 } })
  const { content, ages } = toContent({ type: 'put', payload })
  expect(content).toEqual({ type: 'update', payload: { title: 'a', text: 'b' } })
  const raised = { type: 'update', payload: { name: 'a', text: 'b' } }
  expect(toStored(raised, ages)).toEqual({
    type: 'put',
    payload: JSON.stringify({ name: 'a', text: 'b', $ages: { text: 3 } }),
  })
  expect(toStored({ type: 'rename', payload: { to: 'a' } }, ages)).toEqual({
    type: 'rename',
    payload: '{"to":"a"}',
  })
})
