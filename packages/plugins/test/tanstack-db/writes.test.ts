import { createCollection } from '@tanstack/db'
import { expect, test } from 'vitest'
import { add, increment } from '@holdfast/core'
import { holdfastCollection } from '@holdfast/plugins/tanstack-db'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { openClient, sync } from '../../../core/test/support/client.ts'
import { localServer } from '../../../core/test/support/transports.ts'
import { openDevices, typedSchema } from '../../../core/test/support/typed.ts'
import { task, tanstack, titles, watchTitles } from './world.ts'

test('[TD1] a collection is ready with what the device has, offline too, and has the types of the schema', async () => {
  await using device = await openClient()
  await device.client.collections.tasks.create({ id: 'a', title: 'on the device' })
  const tasks = createCollection(holdfastCollection({ client: device.client, collection: 'tasks' }))
  await tasks.preload()
  expect(tasks.get('a')?.title satisfies string | undefined).toBe('on the device')
  // @ts-expect-error -- Type 'number' is not assignable to type 'string'
  expect(() => tasks.insert({ ...task('b', 'b'), title: 1 }).isPersisted.promise).not.toThrow()
  // @ts-expect-error -- no such collection
  expect(() => holdfastCollection({ client: device.client, collection: 'nowhere' })).not.toThrow()
})

test('[TD2] a mutation is done once it is durable on this device: before any server hears of it', async () => {
  await using device = await openClient()
  const tasks = await tanstack(device, 'tasks')
  await tasks.insert(task('a', 'first')).when('settled')
  await tasks
    .update('a', (draft) => {
      draft.title = 'second'
    })
    .when('settled')
  expect(await device.client.collections.tasks.get('a')).toEqual(task('a', 'second'))
  expect(device.transport.calls).toEqual([])
  const written = await device.client.operations.list()
  expect(written.map(({ type }) => type)).toEqual(['create', 'update'])

  await tasks.delete('a').when('settled')
  expect(await device.client.collections.tasks.get('a')).toBe(undefined)
  expect(tasks.has('a')).toBe(false)
})

test('[TD2] an update writes the fields that changed and no others', async () => {
  await using device = await openClient()
  const tasks = await tanstack(device, 'tasks')
  await tasks.insert(task('a', 'first')).when('settled')
  await tasks
    .update('a', (draft) => {
      draft.votes = 3
    })
    .when('settled')
  const [, update] = await device.client.operations.list()
  expect(update?.payload).toBe('{"votes":3}')
})

test('[TD3] what TanStack DB shows at once and what we store are never shown twice, nor is one gone in between', async () => {
  await using device = await openClient()
  const tasks = await tanstack(device, 'tasks')
  const told = watchTitles(tasks)
  const insert = tasks.insert(task('a', 'first'))
  expect(tasks.get('a')?.title).toBe('first')
  await insert.when('settled')
  await tasks
    .update('a', (draft) => {
      draft.title = 'second'
    })
    .when('settled')
  await sync(device)
  await tasks.delete('a').when('settled')
  const steps = told.filter((line, index) => line.split(' ')[1] !== told[index - 1]?.split(' ')[1])
  expect(steps).toEqual(['insert first', 'update second'])
  expect(told.filter((line) => line.startsWith('insert'))).toEqual(['insert first'])
  expect(told.filter((line) => line.startsWith('delete'))).toEqual(['delete second'])
})

test('[TD3] many writes to one record that wait together end as the last one', async () => {
  await using device = await openClient()
  const tasks = await tanstack(device, 'tasks')
  const told = watchTitles(tasks)
  const writes = [tasks.insert(task('a', 'title 0'))]
  for (let count = 1; count <= 20; count += 1)
    writes.push(
      tasks.update('a', (draft) => {
        draft.title = `title ${count}`
      }),
    )
  await Promise.all(writes.map((write) => write.when('settled')))
  expect(tasks.get('a')?.title).toBe('title 20')
  const shown = told.map((line) => Number(line.split(' ').at(-1)))
  expect(shown).toEqual(shown.toSorted((left, right) => left - right))
  expect(await device.client.collections.tasks.get('a')).toMatchObject({ title: 'title 20' })
})

test('[TD3] mutations of two tabs that write at the same time all end, and both show the same', async () => {
  const storage = memoryStorage()
  await using left = await openClient({ storage })
  await using right = await openClient({ storage })
  const tabs = [await tanstack(left, 'tasks'), await tanstack(right, 'tasks')]
  await Promise.all(
    tabs.flatMap((tasks, tab) =>
      Array.from({ length: 30 }, async (_, index) => {
        const id = `${tab}-${index}`
        await tasks.insert(task(id, 'new')).when('settled')
        await tasks
          .update(id, (draft) => {
            draft.title = `title of ${id}`
          })
          .when('settled')
        expect(tasks.get(id)?.title).toBe(`title of ${id}`)
      }),
    ),
  )
  const stored = titles(await left.client.collections.tasks.find())
  expect(stored).toHaveLength(60)
  for (const tasks of tabs) await expect.poll(() => titles(tasks.values())).toEqual(stored)
})

test('[TD2] a field with a type of its own is written, and follows what the client adds to it', async () => {
  await using devices = await openDevices(typedSchema, 2)
  const [mine, theirs] = devices.clients
  if (mine === undefined || theirs === undefined) throw new Error('There are no two devices.')
  const things = createCollection(holdfastCollection({ client: mine, collection: 'things' }))
  await things.preload()
  const thing = { id: 'a', title: 'a', votes: 3, tags: ['red'], meta: {} }
  await things.insert(thing).when('settled')
  await devices.meet()
  await theirs.collections.things.update('a', { votes: increment(4), tags: add('blue') })
  await mine.collections.things.update('a', { votes: increment(1) })
  await devices.meet()
  expect(things.get('a')).toMatchObject({ votes: 8, tags: ['blue', 'red'] })
  await things
    .update('a', (draft) => {
      draft.votes = 10
      draft.tags = ['red', 'green']
    })
    .when('settled')
  await devices.meet()
  expect(await theirs.collections.things.get('a')).toMatchObject({ votes: 10, tags: ['green', 'red'] })
})

test('[TD4] a mutation of several records is one transaction', async () => {
  await using device = await openClient()
  const tasks = await tanstack(device, 'tasks')
  await tasks.insert([task('a', 'a'), task('b', 'b')]).when('settled')
  const [first, second] = await device.client.operations.list()
  expect(first?.transaction?.id).toBeDefined()
  expect(second?.transaction?.id).toBe(first?.transaction?.id)

  const refused = tasks.insert([task('c', 'c'), task('d', '')])
  await expect(refused.when('settled')).rejects.toMatchObject({ code: 'INVALID' })
  expect(titles(tasks.values())).toEqual(['a', 'b'])
  expect(await device.client.operations.list()).toHaveLength(2)
})

test('[TD3] a write that follows a mutation of several records comes after it', async () => {
  await using device = await openClient()
  const tasks = await tanstack(device, 'tasks')
  await tasks.insert([task('a', 'a'), task('b', 'b')]).when('settled')
  const both = tasks.update(['a', 'b'], (drafts) => {
    for (const draft of drafts) draft.title = 'both'
  })
  const one = tasks.update('a', (draft) => {
    draft.title = 'one'
  })
  await Promise.all([both.when('settled'), one.when('settled')])
  expect(titles(tasks.values())).toEqual(['both', 'one'])
  expect(titles(await device.client.collections.tasks.find())).toEqual(['both', 'one'])
})

test('[TD5] a write that is refused is taken back, with our error', async () => {
  await using device = await openClient()
  const tasks = await tanstack(device, 'tasks')
  await tasks.insert(task('a', 'first')).when('settled')
  const update = tasks.update('a', (draft) => {
    draft.title = ''
  })
  expect(tasks.get('a')?.title).toBe('')
  await expect(update.when('settled')).rejects.toMatchObject({ name: 'SyncError', code: 'INVALID' })
  expect(tasks.get('a')?.title).toBe('first')
})

test('[TD5] what came after a refused write stays, also on the same row', async () => {
  await using device = await openClient()
  const tasks = await tanstack(device, 'tasks')
  await tasks.insert(task('a', 'first')).when('settled')
  const refused = tasks.update('a', (draft) => {
    draft.title = ''
  })
  const later = tasks.update('a', (draft) => {
    draft.title = 'later'
  })
  const outcomes = await Promise.allSettled([refused.when('settled'), later.when('settled')])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  expect(await device.client.collections.tasks.get('a')).toMatchObject({ title: 'later' })
  expect(tasks.get('a')?.title).toBe('later')
})

test('[TD2] an operation takes effect once on the server', async () => {
  const server = localServer()
  await using device = await openClient({ transport: server('u-1') })
  await using other = await openClient({ user: 'u-2', transport: server('u-2') })
  const tasks = await tanstack(device, 'tasks')
  await tasks.insert([task('a', 'a'), task('b', 'b')]).when('settled')
  await sync(device)
  await sync(other)
  expect(titles(await other.client.collections.tasks.find())).toEqual(['a', 'b'])
  expect(titles(tasks.values())).toEqual(['a', 'b'])
})
