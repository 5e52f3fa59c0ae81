import { collection, createSyncClient, defineSchema, lastWriteWins } from '@holdfast/core'
import { compaction } from '@holdfast/plugins/compaction'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({
      fields: z.object({ id: z.string(), title: z.string(), text: z.string().default('') }),
      conflict: lastWriteWins(),
    }),
  },
})

/** A server whose app forbids a word, and what its app was asked about. */
const openServer = () => {
  const asked: string[] = []
  const server = localServer({
    schema,
    authorize({ action, before, after }) {
      asked.push(`${action} ${JSON.stringify((after ?? before)?.['id'])}`)
      return !Object.values(after ?? {}).includes('forbidden')
    },
  })
  const open = async (user: string) => {
    const client = await createSyncClient({
      schema,
      user,
      storage: memoryStorage(),
      transport: server(user),
      scopes: [scope],
      plugins: [compaction()],
      autoStart: false,
      environment: manualEnvironment(),
    })
    return {
      client,
      notes: client.collections.notes,
      async sync() {
        client.start()
        expect(await client.syncNow()).toMatchObject({ status: 'synced' })
        client.pause()
      },
      [Symbol.asyncDispose]: () => client.close(),
    }
  }
  return { asked, open }
}

test('[CP1] what the app forbids between is never seen, and what it forbids in the end it forbids as a whole', async () => {
  const { asked, open } = openServer()
  await using device = await open('ann')
  const { notes, client } = device
  for (const id of ['a', 'b']) await notes.create({ id, title: 'new' })
  await device.sync()
  await notes.update('a', { title: 'forbidden' })
  await notes.update('a', { title: 'allowed' })
  await notes.update('b', { title: 'allowed' })
  const last = await notes.update('b', { text: 'forbidden' })
  await device.sync()
  // Whoever judges updates judges what several of them were folded into.
  expect(asked.slice(2)).toEqual(['update "a"', 'update "b"'])
  expect(await notes.get('a')).toMatchObject({ title: 'allowed' })
  expect(await notes.get('b')).toMatchObject({ title: 'new', text: '' })
  const [letter, ...others] = await client.deadLetters.list()
  expect(others).toEqual([])
  expect(letter).toMatchObject({ id: last.operationId, type: 'put' })

  // Nothing is lost: the letter has all of it, and is made again as an update.
  await client.deadLetters.retry(last.operationId, { title: 'allowed', text: 'fine' })
  await device.sync()
  expect(asked.at(-1)).toBe('update "b"')
  expect(await notes.get('b')).toMatchObject({ title: 'allowed', text: 'fine' })
})

test('[CP1] what goes out later follows what its device did to other records before', async () => {
  const { asked, open } = openServer()
  await using device = await open('ann')
  for (const id of ['a', 'b']) await device.notes.create({ id, title: 'new' })
  await device.sync()
  for (const [id, title] of [
    ['a', 'one'],
    ['b', 'two'],
    ['a', 'three'],
  ] as const)
    await device.notes.update(id, { title })
  await device.sync()
  expect(asked.slice(2)).toEqual(['update "b"', 'update "a"'])
})

test('[CP1] of two creations of one id the later one is judged by what it has become', async () => {
  const { open } = openServer()
  await using ann = await open('ann')
  await using ben = await open('ben')
  await ann.sync()
  await ben.notes.create({ id: 'same', title: 'his' })
  await ben.sync()
  await ann.notes.create({ id: 'same', title: 'hers' })
  await ann.notes.update('same', { text: 'hers' })
  await ann.sync()
  await ben.sync()
  expect(await ann.notes.get('same')).toEqual(await ben.notes.get('same'))
  expect((await ann.client.operations.list()).map(({ type, fate }) => `${type} ${fate.kind}`)).toEqual([
    'create superseded',
    'create applied',
  ])
})
