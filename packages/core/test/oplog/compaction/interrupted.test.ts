import { collection, createSyncClient, defineSchema, lastWriteWins } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { memoryServerStore } from '@holdfast/server/testing'
import { openClient, sync } from '../../support/client.ts'
import { dyingStorage, type Death } from '../../support/dying-storage.ts'
import { manualEnvironment } from '../../support/manual-environment.ts'
import { localServer, scope } from '../../support/transports.ts'
import { fatesOf, folding } from './folding.ts'

const ids = ['a', 'b', 'c'] as const
const edits = 200

/** A device that was away, with more than one commit folds, and a server that has its records. */
const away = async () => {
  const store = memoryServerStore()
  const server = localServer({ store })
  const storage = memoryStorage()
  const device = await openClient({ storage, transport: server('u-1') })
  const { latest } = device.client.collections
  for (const id of ids) await latest.create({ id, title: 'new' })
  await sync(device)
  device.client.pause()
  for (let edit = 0; edit < edits; edit += 1)
    await Promise.all(ids.map((id) => latest.update(id, { title: `${id} ${edit}` })))
  await device.client.close()
  return { server, storage, store }
}

const wanted = ids.map((id) => ({ id, title: `${id} ${edits - 1}` }))

/** How many calls of storage a compaction makes; the process dies at one of them. */
const dieAt = async (death: Death | undefined): Promise<number> => {
  const { server, storage } = await away()
  const dying = dyingStorage(storage)
  const doomed = folding()
  await openClient({ storage: dying.storage, transport: server('u-1'), plugins: [doomed.plugin] })
  dying.arm(death)
  const over = doomed.compact()
  await (death === undefined ? over : Promise.race([dying.died, over]))
  const calls = dying.calls()

  const after = folding()
  await using next = await openClient({ storage, transport: server('u-1'), plugins: [after.plugin] })
  const { latest } = next.client.collections
  expect(await latest.find({ orderBy: { id: 'asc' } })).toMatchObject(wanted)
  const { pending = 0, superseded = 0 } = await fatesOf(next)
  expect(pending + superseded).toBe(ids.length * edits)
  expect(await after.compact()).toBe(pending - ids.length)
  expect(await sync(next)).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(await fatesOf(next)).toEqual({
    applied: 2 * ids.length,
    superseded: ids.length * (edits - 1),
  })
  expect(await latest.find({ orderBy: { id: 'asc' } })).toMatchObject(wanted)
  return calls
}

test('[CP10] a process may die at any call of storage, before or after it took effect', async () => {
  const calls = await dieAt(undefined)
  expect(calls).toBeGreaterThan(5)
  for (let call = 1; call <= calls; call += 1)
    for (const side of ['before', 'after'] as const) await dieAt({ call, side })
})

test('[CP12] tabs may compact, write and send at once: what was sent stays as it was sent', async () => {
  for (let start = 0; start < 12; start += 1) {
    const { server, storage, store } = await away()
    const sent = new Map<string, string>()
    const transport = server('u-1')
    const watched: typeof transport = {
      ...transport,
      push(input, options) {
        for (const { id, payload } of input.operations) {
          expect(sent.get(id) ?? payload).toBe(payload)
          sent.set(id, payload)
        }
        return transport.push(input, options)
      },
    }
    const [mine, other] = [folding(), folding()]
    const options = { storage, transport: watched, batch: { operations: 20 } }
    await using sending = await openClient(options)
    await using compacting = await openClient({ ...options, plugins: [mine.plugin] })
    await using both = await openClient({ ...options, plugins: [other.plugin] })
    sending.client.start()
    for (let turn = 0; turn < start * 5; turn += 1) await Promise.resolve()
    const { latest } = compacting.client.collections
    await Promise.all([
      sending.client.syncNow(),
      mine.compact(),
      latest.update('a', { text: 'meanwhile' }),
      other.compact(),
      latest.update('b', { text: 'meanwhile' }),
    ])
    expect(await sync(sending)).toMatchObject({ status: 'synced', deadLetters: 0, conflicts: 0 })
    expect(await sync(both)).toMatchObject({ status: 'synced' })
    const fates = await fatesOf(sending)
    expect(Object.keys(fates).toSorted()).toEqual(['applied', 'superseded'])
    expect(fates['applied']).toBe(sent.size + ids.length)
    const rows = await store.read(scope, (tx) => tx.records(ids.map((id) => ({ collection: 'latest', id }))))
    expect(rows.map(({ data }) => data)).toMatchObject([
      { ...wanted[0], text: 'meanwhile' },
      { ...wanted[1], text: 'meanwhile' },
      { ...wanted[2], text: '' },
    ])
  }
})

test('[CP8] indexes of what was folded stay right', async () => {
  const schema = defineSchema({
    version: '1.0.0',
    collections: {
      tasks: collection({
        fields: z.object({ id: z.string(), list: z.string() }),
        conflict: lastWriteWins(),
        indexes: ['list'],
      }),
    },
  })
  const { plugin, compact } = folding()
  const client = await createSyncClient({
    schema,
    user: 'u-1',
    storage: memoryStorage(),
    transport: localServer({ schema })('u-1'),
    scopes: [scope],
    plugins: [plugin],
    autoStart: false,
    environment: manualEnvironment(),
  })
  const { tasks } = client.collections
  const inList = async (list: string): Promise<readonly string[]> =>
    (await tasks.find({ where: { list }, orderBy: { id: 'asc' } })).map(({ id }) => id)
  for (const id of ['a', 'b']) await tasks.create({ id, list: 'first' })
  await sync({ client: client as never })
  client.pause()
  for (const list of ['second', 'third', 'second']) await tasks.update('a', { list })
  await tasks.update('b', { list: 'third' })
  const lists = async () => [await inList('first'), await inList('second'), await inList('third')]
  expect(await lists()).toEqual([[], ['a'], ['b']])
  expect(await compact()).toBe(2)
  expect(await lists()).toEqual([[], ['a'], ['b']])
  await tasks.update('a', { list: 'third' })
  await tasks.update('b', { list: 'first' })
  expect(await compact()).toBe(2)
  expect(await lists()).toEqual([['b'], [], ['a']])
  client.start()
  await client.syncNow()
  expect(await lists()).toEqual([['b'], [], ['a']])
  await client.close()
})
