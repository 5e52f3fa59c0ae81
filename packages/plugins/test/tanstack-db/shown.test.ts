import { createCollection, count, createLiveQueryCollection, eq, sum } from '@tanstack/db'
import { expect, test } from 'vitest'
import { holdfastCollection } from '@holdfast/plugins/tanstack-db'
import { openClient, sync } from '../../../core/test/support/client.ts'
import { openPair } from '../../../core/test/support/pair.ts'
import { measure } from '../../../../tools/bundle/measure.ts'
import { task, tanstack, titles, watchTitles } from './world.ts'

test('[TD6] what others write, change and delete is shown', async () => {
  await using pair = await openPair('tasks', { ids: ['r', 's'] })
  const tasks = await tanstack(pair.mine, 'tasks')
  const told = watchTitles(tasks)
  const others = pair.theirs.client.collections.tasks
  await others.create({ id: 'n', title: 'new' })
  await others.update('r', { title: 'changed' })
  await others.delete('s')
  await pair.meet()
  expect(titles(tasks.values())).toEqual(['changed', 'new'])
  expect(told.slice(0, 2)).toEqual(['insert old', 'insert old'])
  expect(told.slice(2).toSorted()).toEqual(['delete old', 'insert new', 'update changed'])
})

test('[TD6] a conflict shows mine until it is answered, then what was chosen', async () => {
  await using pair = await openPair('asked')
  const asked = await tanstack(pair.mine, 'asked')
  await asked
    .update('r', (draft) => {
      draft.title = 'mine'
    })
    .when('settled')
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
  await pair.meet()
  const conflict = await pair.conflict()
  expect(asked.get('r')?.title).toBe('mine')
  await pair.mine.client.conflicts.resolve(conflict.id, 'theirs')
  expect(asked.get('r')?.title).toBe('theirs')
})

test('[TD6] where the server’s side wins later, it is shown in place of mine', async () => {
  await using pair = await openPair('official')
  const official = await tanstack(pair.mine, 'official')
  await official
    .update('r', (draft) => {
      draft.title = 'mine'
    })
    .when('settled')
  await pair.theirs.client.collections.official.update('r', { title: 'theirs' })
  expect(official.get('r')?.title).toBe('mine')
  await pair.meet()
  expect(official.get('r')?.title).toBe('theirs')
})

test('[TD7] live joins and aggregates of TanStack DB follow the records of both collections', async () => {
  await using device = await openClient()
  const tasks = await tanstack(device, 'tasks')
  const parts = await tanstack(device, 'parts')
  const open = createLiveQueryCollection((query) =>
    query
      .from({ part: parts })
      .innerJoin({ task: tasks }, ({ part, task: of }) => eq(part.task, of.id))
      .groupBy(({ task: of }) => of.title)
      .select(({ part, task: of }) => ({
        title: of.title,
        parts: count(part.id),
        votes: sum(part.votes),
      })),
  )
  await open.preload()
  const rows = () =>
    [...open.values()].map(({ title, parts: number, votes }) => `${title}: ${number} parts, ${votes} votes`)
  expect(rows()).toEqual([])

  await tasks.insert(task('a', 'house')).when('settled')
  await parts
    .insert([
      { ...task('p', 'roof', 2), task: 'a' },
      { ...task('q', 'door', 3), task: 'a' },
    ])
    .when('settled')
  expect(rows()).toEqual(['house: 2 parts, 5 votes'])

  await device.client.collections.parts.update('q', { votes: 10 })
  await device.client.collections.tasks.update('a', { title: 'home' })
  expect(rows()).toEqual(['home: 2 parts, 12 votes'])
  await sync(device)
  await parts.delete('p').when('settled')
  expect(rows()).toEqual(['home: 1 parts, 10 votes'])
})

test('[TD8] a collection that is cleaned up follows nothing any more, and starts again when it is used', async () => {
  await using device = await openClient()
  const tasks = createCollection(holdfastCollection({ client: device.client, collection: 'tasks' }))
  await tasks.preload()
  await tasks.cleanup()
  await device.client.collections.tasks.create({ id: 'a', title: 'meanwhile' })
  expect(tasks.size).toBe(0)
  await tasks.preload()
  expect(titles(tasks.values())).toEqual(['meanwhile'])
})

test('[TD8] what a closed client has shown stays; a write is refused', async () => {
  await using device = await openClient()
  const tasks = await tanstack(device, 'tasks')
  await tasks.insert(task('a', 'first')).when('settled')
  await device.client.close()
  expect(titles(tasks.values())).toEqual(['first'])
  await expect(tasks.insert(task('b', 'late')).when('settled')).rejects.toMatchObject({ code: 'CLOSED' })
  expect(titles(tasks.values())).toEqual(['first'])
})

test('[TD8] a collection of a client that was closed before is not waited for without an end', async () => {
  const device = await openClient()
  await device.client.close()
  const tasks = createCollection(holdfastCollection({ client: device.client, collection: 'tasks' }))
  await expect(tasks.preload()).rejects.toMatchObject({ code: 'CLOSED' })
  expect(tasks.status).toBe('error')
})

test('[TD9] who does not import it loads nothing of it, and it loads nothing of TanStack DB by itself', async () => {
  const { modules } = await measure('app')
  expect(modules.filter((path) => /tanstack/.test(path))).toEqual([])
  const adapter = await measure('../../../packages/plugins/src/tanstack-db')
  expect(adapter.modules.filter((path) => /node_modules\/.*tanstack/.test(path))).toEqual([])
  expect(adapter.modules).toContainEqual(expect.stringMatching(/tanstack-db\/row-feed\.ts$/))
})
