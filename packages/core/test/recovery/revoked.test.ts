import { SyncError, type SyncEvent } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { openClient, type TestClient } from '../support/client.ts'
import { dyingStorage, type Death } from '../support/dying-storage.ts'
import { failing, scope } from '../support/transports.ts'
import { fateOf, openWorld, shown, syncWell } from './world.ts'

/** A device with rows, operations of all kinds, and a scope that is taken from its user. */
const takenAway = async () => {
  let mine = true
  const world = openWorld({
    revocation: 'remove',
    scopes: ({ user }: { readonly user: { readonly id: string } }) =>
      mine || user.id !== 'u-1' ? [scope] : [],
  } as never)
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  for (const id of ['a', 'b', 'c', 'asked']) await other.client.collections.tasks.create({ id, title: id })
  await syncWell(other)
  const device = await world.open()
  await syncWell(device)
  const { tasks } = device.client.collections
  const applied = await tasks.update('b', { title: 'applied' })
  await other.client.collections.tasks.update('asked', { title: 'theirs' })
  await syncWell(other)
  const asked = await tasks.update('asked', { title: 'mine' })
  await syncWell(device)
  const lost = new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})
  device.transport.once('push', failing(lost))
  const sent = await tasks.update('a', { title: 'sent' })
  device.client.start()
  await device.client.syncNow()
  device.client.pause()
  const pending = await tasks.create({ id: 'new', title: 'new' })
  const allow = (so: boolean): void => void (mine = so)
  allow(false)
  return {
    world,
    device,
    other,
    allow,
    applied,
    undecided: [asked, sent, pending].map((one) => one.operationId),
  }
}

const run = async ({ client }: TestClient) => {
  client.start()
  const state = await client.syncNow()
  client.pause()
  return state
}

const nothingOf = async (device: TestClient): Promise<void> => {
  expect(await shown(device)).toEqual({})
  expect(device.client.ready).toBe(false)
  expect(await device.client.conflicts.list()).toEqual([])
  expect(await device.client.operations.list({ status: 'PENDING' })).toEqual([])
  expect(await device.client.operations.list({ status: 'SENT' })).toEqual([])
}

test('[RC15] [RC23] what the user may no longer read leaves the device; what he wrote and nobody decided is kept', async () => {
  const { world, device, applied, undecided } = await takenAway()
  await using _ = world
  const events: SyncEvent[] = []
  device.client.events$.subscribe((event) => events.push(event))
  expect(await run(device)).toMatchObject({ status: 'blocked', error: { code: 'FORBIDDEN_OR_MISSING' } })
  await nothingOf(device)
  const letters = await device.client.deadLetters.list()
  expect(letters.map(({ id }) => id)).toEqual(undecided)
  for (const { fate } of letters) expect(fate).toMatchObject({ code: 'FORBIDDEN_OR_MISSING' })
  expect(await fateOf(device, applied.operationId)).toBe('applied')
  const [backup] = await device.client.backups.list()
  expect(backup).toMatchObject({ reason: 'revoked', size: 3 })
  const text = await device.client.backups.export(backup?.id ?? '')
  expect(JSON.parse(text)).toMatchObject({ records: [] })
  expect(events.filter(({ type }) => type.startsWith('reset'))).toMatchObject([
    { type: 'resetStarted', reason: 'revoked' },
    { type: 'resetFinished' },
  ])
  const left = await (await world.storage.open('u-1')).read([{ scan: '' }])
  const places = new Set(left[0].map(({ key }) => key.split('/')[0]))
  for (const place of ['rec', 'stage', 'op', 'queue', 'conflict', 'idx', 'cursor'])
    expect(places).not.toContain(place)
})

test('[RC24] once the user may read it again, all is back, and the backup brings what he wrote', async () => {
  const { world, device, allow, undecided } = await takenAway()
  await using _ = world
  await run(device)
  const again = await device.restart()
  await using __ = again
  await again.client.collections.tasks.create({ id: 'meanwhile', title: 'meanwhile' })
  expect(await run(again)).toMatchObject({ status: 'blocked' })
  allow(true)
  await syncWell(again)
  expect(await shown(again)).toEqual({
    a: 'a',
    asked: 'theirs',
    b: 'applied',
    c: 'c',
    meanwhile: 'meanwhile',
  })
  const [backup] = await again.client.backups.list()
  expect(await again.client.backups.restore(backup?.id ?? '')).toEqual({
    queued: 3,
    deadLetters: 0,
    known: 0,
  })
  await syncWell(again)
  const all = { a: 'sent', asked: 'mine', b: 'applied', c: 'c', meanwhile: 'meanwhile', new: 'new' }
  expect(await shown(again)).toEqual(all)
  expect(world.serverRecords()).toEqual(all)
  const fates = await Promise.all(undecided.map((id) => fateOf(again, id)))
  expect(fates).toEqual(['superseded', 'superseded', 'applied'])
  expect(await again.client.deadLetters.list()).toEqual([])
})

test('[RC24] [BK9] what had been applied before the scope was taken is not made again by the backup', async () => {
  let mine = true
  await using world = openWorld({
    revocation: 'remove',
    scopes: ({ user }: { readonly user: { readonly id: string } }) =>
      mine || user.id !== 'u-1' ? [scope] : [],
  } as never)
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  await other.client.collections.tasks.create({ id: 'a', title: 'a' })
  await syncWell(other)
  const device = await world.open()
  await syncWell(device)
  device.transport.once('push', (real) => async (input, options) => {
    await real(input, options)
    throw new SyncError('NETWORK_UNREACHABLE', 'The answer was lost.', {})
  })
  const { operationId } = await device.client.collections.tasks.update('a', { title: 'sent' })
  await run(device)
  expect(world.serverRecords()).toEqual({ a: 'sent' })
  await syncWell(other)
  await other.client.collections.tasks.update('a', { title: 'later' })
  await syncWell(other)
  mine = false
  await run(device)
  const [backup] = await device.client.backups.list()
  const { id = '' } = backup ?? {}
  // The server has not said yet what became of it.
  expect(await device.client.backups.restore(id)).toEqual({ queued: 0, deadLetters: 0, known: 1 })
  mine = true
  await syncWell(device)
  expect(await device.client.deadLetters.list()).toMatchObject([
    { id: operationId, fate: { code: 'OUTCOME_UNKNOWN' } },
  ])
  expect(await device.client.backups.restore(id)).toEqual({ queued: 0, deadLetters: 0, known: 1 })
  await syncWell(device)
  expect(world.serverRecords()).toEqual({ a: 'later' })
})

const dieAt = async (death: Death | undefined): Promise<number> => {
  const { world, device, undecided } = await takenAway()
  await using _ = world
  await device.client.close()
  const dying = dyingStorage(world.storage)
  // A process that died is closed by nobody.
  const doomed = await openClient({ storage: dying.storage, transport: world.server('u-1') })
  dying.arm(death)
  const over = run(doomed)
  const write = doomed.client.collections.tasks.create({ id: 'w', title: 'w' }).catch(() => undefined)
  if (death === undefined) await Promise.all([over, write])
  else await Promise.race([dying.died, Promise.all([over, write])])
  const calls = dying.calls()

  const next = await world.open()
  await run(next)
  // What was written once the scope was gone waits for its return.
  const waiting = await next.client.operations.list({ status: 'PENDING' })
  expect(waiting.map(({ recordId }) => recordId).filter((id) => id !== 'w')).toEqual([])
  const { w: _w, ...rows } = await shown(next)
  expect(rows).toEqual({})
  const letters = (await next.client.deadLetters.list()).map(({ id }) => id)
  for (const id of undecided) expect(letters).toContain(id)
  const backups = await next.client.backups.list()
  expect(backups).toHaveLength(1)
  const { operations } = JSON.parse(await next.client.backups.export(backups[0]?.id ?? '')) as {
    operations: readonly { readonly id: string }[]
  }
  const kept = operations.map(({ id }) => id)
  for (const id of undecided) expect(kept).toContain(id)
  return calls
}

test('[RC08] [RC23] the process may die at any call of storage while a scope is removed, and the app may write', async () => {
  const calls = await dieAt(undefined)
  expect(calls).toBeGreaterThan(10)
  for (let call = 1; call <= calls; call += 1)
    for (const side of ['before', 'after'] as const) await dieAt({ call, side })
})
