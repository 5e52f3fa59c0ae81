import { expect, test } from 'vitest'
import { createSyncClient } from '@holdfast/core'
import { inspectable } from '@holdfast/plugins/inspectable'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { schema } from '../../../core/test/support/schema.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'

const open = (keep?: number) =>
  createSyncClient({
    schema,
    user: 'anna',
    storage: memoryStorage(),
    transport: localServer()('anna'),
    scopes: [scope],
    environment: manualEnvironment(),
    autoStart: false,
    plugins: [inspectable(keep === undefined ? {} : { keep })],
  })

test('[IN4] a record is told in its layers: what the server has, each operation on it, and what is shown', async () => {
  const client = await open()
  const { layersOf } = client.plugins.inspectable
  expect(await layersOf('tasks', 'a')).toBeUndefined()

  await client.collections.tasks.create({ id: 'a', title: 'one' })
  expect(await layersOf('tasks', 'a')).toMatchObject({
    scope,
    base: undefined,
    operations: [{ type: 'create', status: 'PENDING' }],
    shown: { title: 'one' },
  })

  client.start()
  await client.syncNow()
  expect(await layersOf('tasks', 'a')).toMatchObject({
    base: { version: 1, data: { title: 'one' }, updatedBy: 'anna' },
    operations: [],
    shown: { title: 'one' },
  })

  client.pause()
  await client.collections.tasks.update('a', { title: 'two' })
  await client.collections.tasks.run.rename('a', { title: 'three' })
  const layers = await layersOf('tasks', 'a')
  expect(layers).toMatchObject({
    base: { version: 1, data: { title: 'one' } },
    operations: [{ type: 'update' }, { type: 'rename' }],
    shown: { title: 'three' },
  })
  expect(layers?.shown).toEqual(await client.collections.tasks.get('a'))
  await client.collections.tasks.delete('a')
  expect(await layersOf('tasks', 'a')).toMatchObject({ base: { version: 1 }, shown: undefined })
  await client.close()
})

test('[IN6] what happened before anybody looked is kept, as much of it as was asked for', async () => {
  const client = await open(2)
  for (const id of ['a', 'b', 'c']) await client.collections.tasks.create({ id, title: id })
  expect(client.plugins.inspectable.recent()).toMatchObject([
    { type: 'written', recordId: 'b' },
    { type: 'written', recordId: 'c' },
  ])
  expect(() => inspectable({ keep: -1 })).toThrow('keep')
  await client.close()
})
