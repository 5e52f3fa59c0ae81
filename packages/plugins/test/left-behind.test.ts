import { compaction } from '@holdfast/plugins/compaction'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { describe, expect, test } from 'vitest'
import { openClient, sync } from '../../core/test/support/client.ts'
import { localServer } from '../../core/test/support/transports.ts'
import { cleanWhatWillBeLost, lossesIn, openArchiveWorld } from './archive/world.ts'
import { hour, day, openTtlWorld, settle } from './ttl/world.ts'

describe('[PG8] what a plugin left on the device holds without the plugin', () => {
  test('compaction: what it folded goes out as it stands, and what was folded keeps its fate', async () => {
    const [storage, transport] = [memoryStorage(), localServer()('u-1')]
    const before = await openClient({ storage, transport, plugins: [compaction({ perRecord: 2 })] })
    const { tasks } = before.client.collections
    await tasks.create({ id: 'a', title: 'first' })
    await sync(before)
    before.client.pause()
    const one = await tasks.update('a', { title: 'second' })
    const two = await tasks.update('a', { title: 'third' })
    await expect
      .poll(async () => (await before.client.operations.get(one.operationId))?.status)
      .toBe('SUPERSEDED')
    await before.client.close()

    await using after = await openClient({ storage, transport })
    expect(await after.client.collections.tasks.get('a')).toMatchObject({ title: 'third' })
    expect(await sync(after)).toMatchObject({ status: 'synced', deadLetters: 0, conflicts: 0 })
    expect((await after.client.operations.get(two.operationId))?.fate.kind).toBe('applied')
    expect((await after.client.operations.get(one.operationId))?.fate).toEqual({
      kind: 'superseded',
      by: two.operationId,
    })
    await using other = await openClient({ transport })
    await sync(other)
    expect(await other.client.collections.tasks.get('a')).toMatchObject({ title: 'third' })
  })

  test('archive: what it removed, and the server lost, is told', async () => {
    await using world = openArchiveWorld()
    const storage = memoryStorage()
    const device = await world.device({ keep: 2, grace: 0 }, { storage })
    const backup = await cleanWhatWillBeLost(world, device)
    await device.client.close()
    world.restore(backup)

    const { environment, server } = world
    await using after = await openClient({ storage, transport: server('u-1'), environment })
    const told = lossesIn(after.client)
    expect(await sync(after)).toMatchObject({ status: 'synced' })
    expect(told).toMatchObject([
      { type: 'resetFinished', requeued: 2 },
      { type: 'notSentAgain', operations: 4 },
    ])
  })

  test('ttl: what it ended keeps its fate, what it hid stays hidden until the server says more of it', async () => {
    const world = openTtlWorld()
    const author = await world.device('ben')
    const before = await world.device('ada')
    await author.client.collections.cache.create({ id: 'c', text: 'first' })
    await author.sync()
    await before.sync()
    before.online(false)
    const flag = await before.client.collections.flags.create({ id: 'f' })
    await before.pass(day + hour)
    expect(await before.fate(flag.operationId)).toBe('expired')
    expect(await before.client.collections.cache.find()).toEqual([])

    const after = await before.restart(0, { plugin: false, isOnline: true })
    await after.sync()
    await settle()
    expect(await after.fate(flag.operationId)).toBe('expired')
    expect(await after.client.collections.cache.find()).toEqual([])
    await author.client.collections.cache.update('c', { text: 'second' })
    await author.sync()
    await after.sync()
    expect(await after.client.collections.cache.find()).toEqual([{ id: 'c', text: 'second' }])
    await after.client.close()
    await author.client.close()
  })
})
