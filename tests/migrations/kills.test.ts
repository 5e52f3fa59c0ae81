import { copyFileSync } from 'node:fs'
import { createSyncClient, type AnyCollection, type SyncClient } from '@holdfast/core'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { expect, test } from 'vitest'
import { localServer, scope } from '../../packages/core/test/support/transports.ts'
import { apps, pluginsOf, type AppVersion } from '../../packages/plugins/test/migrations/app.ts'
import { spawnChild } from '../harness/child.ts'
import { figure } from '../harness/figure.ts'
import { temporaryFolder } from '../harness/folder.ts'

const records = 2_000
const stores = 3

const open = (
  filename: string,
  version: AppVersion,
): Promise<SyncClient<Readonly<Record<string, AnyCollection>>>> =>
  createSyncClient({
    schema: apps[version].schema,
    user: 'ann',
    storage: sqliteStorage({ filename, durability: 'normal' }),
    transport: localServer({ schema: apps[version].schema, plugins: pluginsOf(version) })('ann'),
    scopes: [scope],
    autoStart: false,
    plugins: pluginsOf(version),
  })

const fill = async (filename: string): Promise<void> => {
  const client = await open(filename, '1.0.0')
  const { todos } = client.collections
  if (todos === undefined) throw new Error('The schema has todos.')
  const made: Promise<unknown>[] = []
  for (let index = 0; index < records; index += 1)
    made.push(todos.create({ id: `t${index}`, title: index % 2 === 0 ? 'calm' : 'urgent!', minutes: index }))
  await Promise.all(made)
  client.start()
  await client.syncNow()
  client.pause()
  await todos.run['extend']?.('t0', { by: 5 })
  await client.close()
}

/** Kills the process at its nth word, then starts it again, until it gets there. Returns the kills. */
const bringUp = async (filename: string, version: AppVersion): Promise<number> => {
  for (let kills = 0; ; kills += 1) {
    const child = spawnChild(`${import.meta.dirname}/device.ts`, filename, version)
    let words = 0
    const ended = new Promise<'open' | 'killed'>((resolve) => {
      child.onLine((line) => {
        words += 1
        if (line === 'open') resolve('open')
        // Each time a little further: also into the commit that follows what it says.
        else if (words > 1 + (kills % 3)) resolve('killed')
      })
    })
    if ((await ended) === 'open') {
      await child.ended
      return kills
    }
    await child.kill()
  }
}

test('[MG4] a process that is killed again and again while it brings its database up gets there, record by record', async () => {
  using folder = temporaryFolder()
  const first = folder.path('first.db')
  await fill(first)
  let kills = 0
  for (let store = 0; store < stores; store += 1) {
    const filename = folder.path(`${store}.db`)
    copyFileSync(first, filename)
    // One of them goes on as an even newer version.
    if (store === 1) {
      const child = spawnChild(`${import.meta.dirname}/device.ts`, filename, '1.1.0')
      await child.printed('at 500')
      await child.kill()
      kills += 1
    }
    kills += await bringUp(filename, '2.0.0')
    const client = await open(filename, '2.0.0')
    const todos = (await client.collections['todos']?.find({})) ?? []
    expect(todos).toHaveLength(records)
    for (const todo of todos) {
      const index = Number(String(todo['id']).slice(1))
      const minutes = index === 0 ? 5 : index
      const name = index % 2 === 0 ? 'calm' : 'urgent!'
      expect(todo).toEqual({ id: `t${index}`, name, seconds: minutes * 60, urgent: index % 2 === 1 })
    }
    const urgent = await client.collections['todos']?.find({
      where: { urgent: true },
      orderBy: { seconds: 'desc' },
      limit: 1,
    })
    expect(urgent).toMatchObject([{ id: `t${records - 1}` }])
    await client.close()
  }
  expect(kills).toBeGreaterThan(15)
  figure(
    `${kills} kills (kill -9) while ${stores} databases of ${records} records came up over two versions: each record once, each index complete`,
  )
})
