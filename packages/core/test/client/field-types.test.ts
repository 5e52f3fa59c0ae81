import {
  add,
  byPath,
  collection,
  counter,
  defineSchema,
  increment,
  orSet,
  remove,
  setKeys,
  type SyncClient,
} from '@holdfast/core'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { failure } from '../support/failure.ts'
import { scope } from '../support/transports.ts'
import { openDevices, typedSchema, type TypedCollections } from '../support/typed.ts'

const open = async () => {
  const devices = await openDevices(typedSchema, 2)
  const [mine, theirs] = devices.clients as readonly [
    SyncClient<TypedCollections>,
    SyncClient<TypedCollections>,
  ]
  await mine.collections.things.create({ id: 'r', title: 'old' })
  await devices.meet()
  return { ...devices, mine, theirs, [Symbol.asyncDispose]: () => devices[Symbol.asyncDispose]() }
}

const shownBy = async (...clients: readonly SyncClient<TypedCollections>[]) =>
  Promise.all(clients.map((client) => client.collections.things.get('r')))

test('[MD31] increments of two devices add up, and are shown at once', async () => {
  await using devices = await open()
  const { mine, theirs } = devices
  await mine.collections.things.update('r', { votes: increment(2) })
  await mine.collections.things.update('r', { votes: increment() })
  await theirs.collections.things.update('r', { votes: increment(-1) })
  expect((await shownBy(mine))[0]).toMatchObject({ votes: 3 })
  await devices.meet()
  expect(await shownBy(mine, theirs)).toMatchObject([{ votes: 2 }, { votes: 2 }])
  expect(await mine.conflicts.list()).toEqual([])
})

test('[MD35] a value that is set counts as the difference to what its author sees', async () => {
  await using devices = await open()
  const { mine, theirs } = devices
  await mine.collections.things.update('r', { votes: 5, tags: ['a', 'b'], meta: { colour: 'red' } })
  await theirs.collections.things.update('r', {
    votes: increment(1),
    tags: add('c'),
    meta: setKeys({ size: 'L' }),
  })
  await devices.meet()
  const merged = { votes: 6, tags: ['a', 'b', 'c'], meta: { colour: 'red', size: 'L' } }
  expect(await shownBy(mine, theirs)).toMatchObject([merged, merged])
})

test('[MD36] an adding wins over a removal whose author had not seen it', async () => {
  await using devices = await open()
  const { mine, theirs } = devices
  await mine.collections.things.update('r', { tags: add('a', 'b') })
  await devices.meet()
  await mine.collections.things.update('r', { tags: remove('a') })
  await theirs.collections.things.update('r', { tags: add('a') })
  await theirs.collections.things.update('r', { tags: remove('b') })
  await devices.meet()
  expect(await shownBy(mine, theirs)).toMatchObject([{ tags: ['a'] }, { tags: ['a'] }])
})

test('[MD37] what a type keeps of a field is never shown to the app', async () => {
  await using devices = await open()
  const { mine } = devices
  const names = ['id', 'meta', 'tags', 'title', 'votes']
  await mine.collections.things.update('r', { tags: add('a'), meta: setKeys({ k: 'v' }) })
  expect(Object.keys((await mine.collections.things.get('r')) ?? {}).sort()).toEqual(names)
  const [found] = await mine.collections.things.find({ where: { votes: 0 } })
  expect(Object.keys(found ?? {}).sort()).toEqual(names)
  await mine.transaction(async ({ collections }) => {
    expect(Object.keys((await collections.things.get('r')) ?? {}).sort()).toEqual(names)
  })
})

test('[MD32] a named operation that counts replays on what the server has', async () => {
  await using devices = await open()
  const { mine, theirs } = devices
  await mine.collections.things.run.like('r', { by: 2 })
  await theirs.collections.things.run.like('r', { by: 3 })
  await devices.meet()
  expect(await shownBy(mine, theirs)).toMatchObject([{ votes: 5 }, { votes: 5 }])
})

test('[MD38] deltas of an operation that waits in a conflict are kept, and come with its answer', async () => {
  await using devices = await open()
  // Mine syncs first.
  const { mine, theirs } = devices
  await mine.collections.things.update('r', { title: 'first', votes: increment(10), tags: add('f') })
  await theirs.collections.things.update('r', { title: 'later', votes: increment(1), tags: add('l') })
  await theirs.collections.things.update('r', { votes: increment(2) })
  await devices.meet()
  const [conflict] = await theirs.conflicts.list()
  expect(conflict).toMatchObject({
    fields: ['title'],
    theirs: { title: 'first', votes: 12 },
    mine: { votes: 13 },
  })
  expect(Object.keys(conflict?.mine ?? {})).not.toContain('tags$')
  await mine.collections.things.update('r', { votes: increment(100) })
  await theirs.conflicts.resolve(conflict?.id ?? '', 'theirs')
  await devices.meet()
  const merged = { title: 'first', votes: 113, tags: ['f', 'l'] }
  expect(await shownBy(mine, theirs)).toMatchObject([merged, merged])
})

test('[MD33] what a field does not understand is INVALID at the write, and nothing is queued', async () => {
  await using devices = await open()
  const { things } = devices.mine.collections
  const misfits: readonly unknown[] = [
    { votes: add('x') },
    { votes: 1.5 },
    { votes: increment(1.5) },
    { votes: 'x' },
    { tags: [1] },
    { tags: increment() },
    { title: increment() },
    { tags$: [] },
    { meta: { k: 1 } },
    { votes: Number.MAX_SAFE_INTEGER + 2 },
  ]
  for (const patch of misfits) {
    await failure(things.update('r', patch as never), 'INVALID')
  }
  expect(await devices.mine.operations.list({ status: 'PENDING' })).toEqual([])
})

test('typed fields of a new record start as they are given, or empty', async () => {
  await using devices = await open()
  const { things } = devices.mine.collections
  await things.create({ id: 'n', votes: increment(3), tags: ['b', 'a', 'a'] })
  expect(await things.get('n')).toEqual({ id: 'n', title: '', votes: 3, tags: ['a', 'b'], meta: {} })
  await devices.meet()
  expect(await devices.theirs.collections.things.get('n')).toEqual(await things.get('n'))
  expect(await things.count({ where: { votes: { gte: 3 } } })).toBe(1)
})

test('[MD39] an object that merges by path keeps what others wrote elsewhere in it', async () => {
  const schema = defineSchema({
    version: '1.0.0',
    collections: {
      people: collection({
        fields: z.object({
          id: z.string(),
          address: byPath(z.object({ city: z.string(), geo: z.record(z.string(), z.number()) }), {
            city: '',
            geo: {},
          }),
        }),
        indexes: ['address.city'],
      }),
    },
  })
  await using devices = await openDevices(schema, 2)
  const [mine, theirs] = devices.clients
  if (mine === undefined || theirs === undefined) throw new Error('There are two.')
  await mine.collections.people.create({ id: 'p' })
  expect(await mine.collections.people.get('p')).toEqual({ id: 'p', address: { city: '', geo: {} } })
  await devices.meet()
  await mine.collections.people.update('p', { address: { city: 'Oslo', geo: { lat: 60 } } })
  await theirs.collections.people.update('p', { address: { city: '', geo: { lon: 10 } } })
  await devices.meet()
  const address = { city: 'Oslo', geo: { lat: 60, lon: 10 } }
  for (const client of [mine, theirs]) {
    expect(await client.collections.people.get('p')).toEqual({ id: 'p', address })
    expect(await client.collections.people.count({ where: { 'address.city': 'Oslo' } })).toBe(1)
  }
  await theirs.collections.people.update('p', { address: { city: 'Oslo', geo: { lat: 60 } } })
  await devices.meet()
  expect(await mine.collections.people.get('p')).toMatchObject({ address: { geo: { lat: 60 } } })
})

test('[MD37] the input of a named operation stays as it is, and the scope function sees what the app sees', async () => {
  const scopes: string[] = []
  const inputs: unknown[] = []
  const schema = defineSchema({
    version: '1.0.0',
    collections: {
      things: collection({
        fields: z.object({ id: z.string(), votes: counter(), tags: orSet(z.string()) }),
        scope: (thing) => {
          scopes.push(...Object.keys(thing))
          return scope
        },
        operations: {
          note: {
            input: z.record(z.string(), z.unknown()),
            apply: (thing, input) => {
              inputs.push(input)
              return thing
            },
          },
        },
      }),
    },
  })
  await using devices = await openDevices(schema, 1)
  const [client] = devices.clients
  if (client === undefined) throw new Error('There is one.')
  const { things } = client.collections
  await things.create({ id: 'r', tags: ['a'] })
  await things.update('r', { tags: add('b') })
  const input = { $wanted: { votes: { kind: 'set', value: 9 } } }
  await things.run.note('r', input)
  expect(inputs).toContainEqual(input)
  expect(await things.get('r')).toMatchObject({ votes: 0 })
  expect(scopes).not.toContain('tags$')
})
