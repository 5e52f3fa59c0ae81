import { SyncError, type SyncEvent } from '@holdfast/core'
import { expect, test } from 'vitest'
import type { TestClient } from '../support/client.ts'
import { failing, scope } from '../support/transports.ts'
import { copyOf, fateOf, openWorld, shown, syncWell, versionOf, type RecoveryWorld } from './world.ts'

const offline = (): SyncError => new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})

/** A device that has synced, with `queue` made since. */
const withQueue = async (world: RecoveryWorld, sent: boolean): Promise<readonly string[]> => {
  const device = await world.open()
  await device.client.collections.tasks.create({ id: 'r-0', title: 'zero' })
  await syncWell(device)
  const made = [
    await device.client.collections.tasks.update('r-0', { title: 'queued' }),
    await device.client.collections.tasks.create({ id: 'r-1', title: 'one' }),
  ]
  if (sent) {
    device.transport.once('push', failing(offline()))
    device.client.start()
    await device.client.syncNow()
  }
  await device.client.close()
  return made.map(({ operationId }) => operationId)
}

const eventsOf = ({ client }: TestClient): SyncEvent[] => {
  const events: SyncEvent[] = []
  client.events$.subscribe((event) => events.push(event))
  return events
}

test('[RC01] [EN22] a copy takes a new client id, keeps all it has, and goes on', async () => {
  await using world = openWorld()
  await withQueue(world, false)
  const copy = await copyOf(world.storage)
  const original = await world.open()
  await original.client.collections.tasks.create({ title: 'two' })
  await syncWell(original)
  const twin = await world.open({ storage: copy })
  const events = eventsOf(twin)
  await twin.client.collections.tasks.create({ id: 'r-3', title: 'three' })
  await syncWell(twin)
  expect(events.filter(({ type }) => type === 'forked')).toHaveLength(1)
  await syncWell(original)
  expect(world.state.clients.size).toBe(2)
  expect(await shown(twin)).toEqual(world.serverRecords())
  expect(await shown(original)).toEqual(world.serverRecords())
  expect(Object.keys(world.serverRecords())).toHaveLength(4)
})

test('[RC26] a copy is noticed by the numbers that the server knows, before anything is sent under one of them', async () => {
  await using world = openWorld()
  await withQueue(world, false)
  const copy = await copyOf(world.storage)
  await syncWell(await world.open())
  const twin = await world.open({ storage: copy })
  const at: string[] = []
  twin.client.events$.subscribe(({ type }) => {
    if (type === 'forked') at.push(...twin.transport.calls)
  })
  await syncWell(twin)
  expect(at).toEqual(['pull'])
  expect(await shown(twin)).toEqual(world.serverRecords())
})

test.each([
  ['sent', true],
  ['not sent', false],
])(
  '[RC02] operations that both copies hold, %s, are applied once, and both hear how',
  async (_name, sent) => {
    await using world = openWorld()
    const ids = await withQueue(world, sent)
    const copy = await copyOf(world.storage)
    const original = await world.open()
    const twin = await world.open({ storage: copy })
    const own = await twin.client.collections.tasks.update('r-0', { text: 'of the twin' })
    await syncWell(original)
    await syncWell(twin)
    await syncWell(original)
    expect(versionOf(world.state, 'r-0')).toBe(3)
    expect(versionOf(world.state, 'r-1')).toBe(1)
    for (const device of [original, twin]) {
      for (const id of ids) expect(await fateOf(device, id)).toBe('applied')
      expect(await shown(device)).toEqual({ 'r-0': 'queued', 'r-1': 'one' })
    }
    expect(await fateOf(twin, own.operationId)).toBe('applied')
  },
)

test.each([true, false])(
  '[RC03] copies and their tabs may recover at the same time (sent before: %s)',
  async (sent) => {
    await using world = openWorld()
    const ids = await withQueue(world, sent)
    const copies = [world.storage, await copyOf(world.storage), await copyOf(world.storage)]
    const devices: TestClient[] = []
    for (const storage of copies) devices.push(await world.open({ storage }), await world.open({ storage }))
    let made = 0
    const own: string[] = []
    for (const { client } of devices) {
      made += 1
      own.push((await client.collections.tasks.create({ id: `own-${made}`, title: `${made}` })).operationId)
    }
    for (let round = 0; round < 3; round += 1) {
      for (const { client } of devices) client.start()
      await Promise.all(devices.map(({ client }) => client.syncNow()))
      for (const { environment } of devices) environment.advance(60_000)
    }
    await Promise.all(devices.map(({ client }) => client.syncNow()))
    for (const device of devices) {
      expect(device.client.state.status).toBe('synced')
      expect(await shown(device)).toEqual(world.serverRecords())
      for (const id of ids) expect(await fateOf(device, id)).toBe('applied')
    }
    expect(Object.keys(world.serverRecords())).toHaveLength(2 + made)
    expect(versionOf(world.state, 'r-0')).toBe(2)
    const applied = [...(world.state.scopes.get(scope)?.operations.values() ?? [])]
    expect(applied.map(({ verdict }) => verdict.kind)).toEqual(applied.map(() => 'applied'))
    expect(applied).toHaveLength(1 + ids.length + own.length)
  },
)

test('[RC04] a device that was set back in the same session is noticed by a number that is taken', async () => {
  await using world = openWorld()
  const ids = await withQueue(world, false)
  const older = await copyOf(world.storage)
  const device = await world.open()
  await syncWell(device)
  const newest = await copyOf(world.storage)
  for (const title of ['two', 'three']) await device.client.collections.tasks.create({ title })
  await syncWell(device)
  await device.client.close()
  for (const storage of [newest, older]) {
    const back = await world.open({ storage })
    const { operationId } = await back.client.collections.tasks.create({ title: 'after' })
    await syncWell(back)
    expect(await fateOf(back, operationId)).toBe('applied')
    for (const id of ids) expect(await fateOf(back, id)).toBe('applied')
    expect(await shown(back)).toEqual(world.serverRecords())
  }
  expect(Object.keys(world.serverRecords())).toHaveLength(6)
})

test('[RC04] an operation whose number a copy used for another one does not pass for decided', async () => {
  await using world = openWorld()
  await withQueue(world, false)
  const device = await world.open()
  await syncWell(device)
  const older = await copyOf(world.storage)
  await device.client.collections.tasks.create({ title: 'taken' })
  await syncWell(device)
  await device.client.close()
  const back = await world.open({ storage: older })
  const { operationId } = await back.client.collections.tasks.create({ id: 'mine', title: 'mine' })
  back.transport.once('push', failing(offline()))
  back.client.start()
  await back.client.syncNow()
  expect(await fateOf(back, operationId)).toBe('sent')
  await back.client.close()
  const again = await world.open({ storage: older })
  await syncWell(again)
  expect(await fateOf(again, operationId)).toBe('applied')
  expect(world.serverRecords()).toMatchObject({ mine: 'mine' })
  expect(await again.client.deadLetters.list()).toEqual([])
})

test('[RC02] a cancelled operation that was sent under the old identity is asked about, not forgotten', async () => {
  await using world = openWorld()
  const [first = '', second = ''] = await withQueue(world, true)
  const copy = await copyOf(world.storage)
  const original = await world.open()
  await syncWell(original)
  const twin = await world.open({ storage: copy })
  await twin.client.operations.cancel(first)
  expect(await fateOf(twin, first)).toBe('sent')
  await syncWell(twin)
  expect([await fateOf(twin, first), await fateOf(twin, second)]).toEqual(['applied', 'applied'])
})

test('[RC02] transactions and what is held back keep together under the new identity', async () => {
  let refuses = true
  await using world = openWorld({
    authorize: ({ after }: { readonly after: { readonly title?: unknown } | undefined }) => {
      if (refuses && after?.title === 'later') throw new SyncError('SERVER_FAILED', 'Not now.', {})
      return true
    },
  })
  const device = await world.open()
  await device.client.collections.tasks.create({ id: 'r-0', title: 'zero' })
  await syncWell(device)
  const held = await device.client.collections.tasks.create({ id: 'r-1', title: 'later' })
  await device.client.transaction(async ({ collections }) => {
    await collections.tasks.create({ id: 'r-2', title: 'two' })
    await collections.tasks.update('r-1', { done: true })
  })
  device.client.start()
  expect((await device.client.syncNow()).status).toBe('waiting')
  await device.client.close()
  const copy = await copyOf(world.storage)
  const original = await world.open()
  await original.client.collections.tasks.create({ id: 'r-3', title: 'three' })
  original.client.start()
  await original.client.syncNow()
  original.client.pause()
  const twin = await world.open({ storage: copy })
  twin.client.start()
  await twin.client.syncNow()
  expect(await fateOf(twin, held.operationId)).toBe('sent')
  refuses = false
  await syncWell(twin)
  await syncWell(original)
  for (const one of [twin, original]) {
    expect(await shown(one)).toEqual({ 'r-0': 'zero', 'r-1': 'later', 'r-2': 'two', 'r-3': 'three' })
    expect(await fateOf(one, held.operationId)).toBe('applied')
  }
  expect(versionOf(world.state, 'r-1')).toBe(2)
})
