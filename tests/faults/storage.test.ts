import { readFileSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { failure } from '../../packages/core/test/support/failure.ts'
import { openWorld } from '../harness/world.ts'

const impatient = (filename: string) => sqliteStorage({ filename, durability: 'normal', busyTimeout: 0 })

test('[P02] a locked database: the write is refused with STORAGE_LOCKED, nothing is half-written, and later it works', async () => {
  await using world = await openWorld()
  const filename = world.folder.path('locked.db')
  const { client } = await world.device('anna', { storage: impatient(filename) })
  const { tasks } = client.collections
  await tasks.create({ id: 'r', title: 'one' })
  const holder = new Database(filename)
  holder.exec('BEGIN IMMEDIATE')
  const error = await failure(tasks.update('r', { title: 'two' }), 'STORAGE_LOCKED')
  expect(error.message).toMatch(/nothing was written\. Try again/)
  expect(error.disposition).toBe('retry')
  expect(await tasks.get('r')).toMatchObject({ title: 'one' })
  expect(await client.operations.list()).toHaveLength(1)
  holder.exec('ROLLBACK')
  holder.close()
  await tasks.update('r', { title: 'three' })
  expect(await tasks.get('r')).toMatchObject({ title: 'three' })
})

test('[P08] a database that is locked while syncing: sync waits and goes on by itself', async () => {
  await using world = await openWorld()
  const filename = world.folder.path('locked.db')
  const device = await world.device('anna', { storage: impatient(filename) })
  await device.sync()
  device.client.pause()
  const { operationId } = await device.client.collections.tasks.create({ title: 'one' })
  const holder = new Database(filename)
  holder.exec('BEGIN IMMEDIATE')
  expect(await device.sync()).toMatchObject({ status: 'waiting', error: { code: 'STORAGE_LOCKED' } })
  holder.exec('ROLLBACK')
  holder.close()
  expect(await device.settle()).toMatchObject({ status: 'synced' })
  expect(await device.client.operations.get(operationId)).toMatchObject({ status: 'COMPLETED' })
})

test('[P01] a file that is no database is refused with STORAGE_CORRUPT, and left as it is', async () => {
  await using world = await openWorld()
  const filename = world.folder.path('corrupt.db')
  writeFileSync(filename, 'This was a database once. '.repeat(400))
  const before = readFileSync(filename)
  const error = await failure(world.device('anna', { storage: impatient(filename) }), 'STORAGE_CORRUPT')
  expect(error.message).toMatch(/move it away .* keep/)
  expect(readFileSync(filename)).toEqual(before)
})

test('[P01] damaged pages end a sync run with STORAGE_CORRUPT: blocked, not tried for ever', async () => {
  await using world = await openWorld()
  const filename = world.folder.path('damaged.db')
  const device = await world.device('anna', { storage: impatient(filename) })
  await Promise.all(
    Array.from({ length: 300 }, (_, index) =>
      device.client.collections.tasks.create({ title: `task ${index} `.repeat(20) }),
    ),
  )
  await device.client.close()
  const content = readFileSync(filename)
  for (let page = 3; page * 4096 < content.length; page += 1)
    content.fill(0xa5, page * 4096, page * 4096 + 64)
  writeFileSync(filename, content)
  const outcome = await world.device('anna', { storage: impatient(filename) }).then(
    ({ sync }) => sync(),
    (error: unknown) => ({ status: 'blocked' as const, error }),
  )
  expect(outcome).toMatchObject({ status: 'blocked', error: { code: 'STORAGE_CORRUPT' } })
})
