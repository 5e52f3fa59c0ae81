import { expect, test } from 'vitest'
import { createDatabase } from './support/sqlite.ts'
import { create, createWorld, memoryWorld } from './support/world.ts'

test('a push is applied, and another client pulls it', async () => {
  const world = memoryWorld()
  const a = world.client('a')
  const b = world.client('b', 'u-2')
  const answer = await a.push(
    create(a, 'r-1', { title: 'one' }),
    a.operation({ value: { done: true }, baseVersion: 1 }),
  )
  expect(answer.results.map(({ kind }) => kind)).toEqual(['applied', 'applied'])
  expect(answer.decided).toEqual({ watermark: 2, above: [] })
  const page = await b.pull()
  expect(page.changes).toMatchObject([{ kind: 'record', id: 'r-1', version: 2, seq: 2, updatedBy: 'u-1' }])
})

test('the same over SQLite', async () => {
  const database = await createDatabase()
  const world = createWorld(database.store)
  const a = world.client('a')
  const b = world.client('b', 'u-2')
  const answer = await a.push(
    create(a, 'r-1', { title: 'one' }),
    a.operation({ value: { done: true }, baseVersion: 1 }),
  )
  expect(answer.results.map(({ kind }) => kind)).toEqual(['applied', 'applied'])
  expect(answer.decided).toEqual({ watermark: 2, above: [] })
  const page = await b.pull()
  expect(page.changes).toMatchObject([{ kind: 'record', id: 'r-1', version: 2, seq: 2, updatedBy: 'u-1' }])
  await database.close()
})
