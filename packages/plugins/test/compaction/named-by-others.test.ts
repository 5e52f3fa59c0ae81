import { collection, createSyncClient, defineSchema, lastWriteWins } from '@holdfast/core'
import { compaction } from '@holdfast/plugins/compaction'
import { otText, textEdit } from '@holdfast/plugins/ot'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({
      fields: z.object({ id: z.string(), title: z.string().default(''), body: otText() }),
      conflict: lastWriteWins(),
    }),
  },
})

const openDevice = async () => {
  const problems: unknown[] = []
  const client = await createSyncClient({
    schema,
    user: 'ann',
    storage: memoryStorage(),
    transport: localServer({ schema })('ann'),
    scopes: [scope],
    plugins: [compaction()],
    autoStart: false,
    environment: manualEnvironment(),
  })
  client.events$.subscribe((event) => {
    if (event.type === 'problem') problems.push(event)
  })
  const undecided = async (): Promise<readonly string[]> =>
    (await client.operations.list({ status: 'PENDING' })).map(({ type }) => type)
  return {
    client,
    notes: client.collections.notes,
    problems,
    undecided,
    [Symbol.asyncDispose]: () => client.close(),
  }
}

/** A creation, a write of another field, and an edit of the text that stays apart since it is part of a transaction. */
const writeSome = async ({ client, notes }: Awaited<ReturnType<typeof openDevice>>): Promise<void> => {
  await notes.create({ id: 'n', body: 'hello world' })
  await notes.update('n', { title: 'a' })
  await client.transaction(async ({ collections }) => {
    await collections.notes.update('n', { body: textEdit([5, { d: 6 }]) })
    await collections.notes.create({ id: 'other' })
  })
}

test('[CP14] what an edit of a text was made on stays under its id, and the edit keeps its place', async () => {
  await using device = await openDevice()
  await writeSome(device)
  await device.client.plugins.compaction.compact(scope)
  expect(device.problems).toEqual([])
  expect(await device.notes.get('n')).toMatchObject({ title: 'a', body: 'hello' })
  expect(await device.undecided()).toEqual(['create', 'update', 'update', 'create'])
  device.client.start()
  expect(await device.client.syncNow()).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(await device.notes.get('n')).toMatchObject({ title: 'a', body: 'hello' })
  expect(await device.client.operations.list({ status: 'SUPERSEDED' })).toEqual([])
})

test('[CP14] all else of the record is folded as ever', async () => {
  await using device = await openDevice()
  await writeSome(device)
  for (const title of ['b', 'c']) await device.notes.update('n', { title })
  for (const at of [1, 2, 3]) await device.notes.update('n', { body: textEdit([at, 'x']) })
  await device.client.plugins.compaction.compact(scope)
  expect(device.problems).toEqual([])
  expect(await device.notes.get('n')).toMatchObject({ title: 'c', body: 'hxxxello' })
  expect((await device.undecided()).length).toBeLessThan(8)
  device.client.start()
  expect(await device.client.syncNow()).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(await device.notes.get('n')).toMatchObject({ title: 'c', body: 'hxxxello' })
})
