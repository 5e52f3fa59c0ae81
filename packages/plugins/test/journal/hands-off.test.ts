import { createSyncClient, defineSchema } from '@holdfast/core'
import { journal } from '@holdfast/plugins/journal'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { failure } from '../../../core/test/support/failure.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'
import { dispute, openWorld, schema } from './support.ts'

test('[JN5] nobody writes an entry, changes or removes one', async () => {
  await using world = await openWorld()
  await dispute(world, 'latest')
  const { mine, theirs, meet } = world
  const { journal: entries } = theirs.client.collections
  const [before] = await mine.journal.list()
  const slot = (await entries.find()).find(({ entry }) => entry !== undefined)
  await entries.create({ id: 'forged', number: 9 })
  await entries.update(slot?.id ?? '', { number: 9 })
  await entries.delete(slot?.id ?? '')
  await meet()
  const dead = await theirs.client.deadLetters.list()
  expect(dead.map(({ fate }) => fate)).toMatchObject(
    Array.from({ length: 3 }, () => ({ kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' })),
  )
  expect(await mine.journal.list()).toEqual([before])
  expect(await theirs.journal.list()).toEqual([before])
})

test('[JN5] a mark says who made it and when by what the server knows, and is for the entry that its author saw', async () => {
  await using world = await openWorld({ keep: 1 })
  await dispute(world, 'latest')
  const { mine, theirs, meet } = world
  const { journal: entries } = theirs.client.collections
  const slot = (await entries.find()).find(({ entry }) => entry !== undefined)
  const mark = { field: 'title', at: 1, by: 'somebody else', take: 'remote' as const }
  await entries.run.markUndone(slot?.id ?? '', { ...mark, operationId: 'another one' })
  await meet()
  expect((await mine.journal.list())[0]?.undone).toBeUndefined()
  await entries.run.markUndone(slot?.id ?? '', { ...mark, operationId: slot?.entry?.operationId ?? '' })
  expect((await theirs.journal.list())[0]?.undone).toEqual({ at: 1, by: 'somebody else', take: 'remote' })
  await meet()
  const undone = { at: 1_750_000_000_000, by: 'ben', take: 'remote' }
  expect((await mine.journal.list())[0]?.undone).toEqual(undone)
  expect((await theirs.journal.list())[0]?.undone).toEqual(undone)
})

test('[JN5] a schema without the collection is refused: on the server at once, on the device when asked', async () => {
  const { journal: _, ...collections } = schema.collections
  const bare = defineSchema({ version: '1.0.0', collections })
  const plugins = [journal({ collection: 'journal' })]
  await failure(() => localServer({ schema: bare, plugins }), 'MISCONFIGURED')
  const client = await createSyncClient({
    schema: bare,
    user: 'ann',
    storage: memoryStorage(),
    transport: localServer({ schema: bare })('ann'),
    scopes: [scope],
    autoStart: false,
    plugins,
  })
  await failure(client.plugins.journal.list(), 'MISCONFIGURED')
  await client.close()
})
