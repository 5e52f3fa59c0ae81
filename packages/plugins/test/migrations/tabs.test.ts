import { hasCode, systemEnvironment } from '@holdfast/core'
import { oneTabSyncs } from '@holdfast/core/tabs'
import { expect, test } from 'vitest'
import { untilStatus } from '../../../core/test/support/until.ts'
import { openWorld, sync, todosOf } from './world.ts'

const codeOf = async (call: Promise<unknown> | undefined): Promise<unknown> => {
  const error: unknown = await call?.then(
    () => 'nothing',
    (thrown: unknown) => thrown,
  )
  return hasCode(error, 'UPGRADE_REQUIRED') ? error.details.side : error
}

test('[MG6] a tab of older code reads and writes nothing once a newer one has begun; its queue goes out all the same', async () => {
  const world = openWorld()
  const device = world.device('ann')
  const old = await device.open('1.0.0')
  await old.collections['todos']?.create({ id: 'sent', title: 'sent', minutes: 1 })
  await sync(old)
  await old.collections['todos']?.update('sent', { minutes: 2 })
  await old.collections['todos']?.create({ id: 'late', title: 'late' })

  world.run('2.0.0')
  const newer = await device.open('2.0.0')
  expect(await codeOf(old.collections['todos']?.update('sent', { minutes: 3 }))).toBe('client')
  expect(await codeOf(old.collections['todos']?.get('sent'))).toBe('client')
  expect(await codeOf(old.collections['todos']?.find({}))).toBe('client')
  expect(await codeOf(old.transaction(async ({ collections }) => collections['todos']?.delete('sent')))).toBe(
    'client',
  )
  old.start()
  expect(await untilStatus(old, 'blocked')).toMatchObject({ error: { code: 'UPGRADE_REQUIRED' } })

  const wanted = [
    { id: 'late', name: 'late', seconds: 0, urgent: false },
    { id: 'sent', name: 'sent', seconds: 120, urgent: false },
  ]
  expect(await todosOf(newer)).toEqual(wanted)
  expect(await sync(newer)).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(await todosOf(newer)).toEqual(wanted)
  await old.close()
  await newer.close()
})

test('[MG6] a tab that runs says so by itself', async () => {
  const world = openWorld()
  const device = world.device('ann')
  const old = await device.open('1.0.0')
  old.start()
  await untilStatus(old, 'synced')
  const newer = await device.open('1.1.0')
  expect(await untilStatus(old, 'blocked')).toMatchObject({ error: { code: 'UPGRADE_REQUIRED' } })
  await newer.collections['todos']?.create({ id: 'a', title: 'goes on' })
  await old.close()
  await newer.close()
})

test('[MG4] two tabs of the new version that start at once bring it up once', async () => {
  const world = openWorld()
  const device = world.device('ann')
  const old = await device.open('1.0.0')
  for (let index = 0; index < 120; index += 1)
    await old.collections['todos']?.create({ id: `t${index}`, title: 'a', minutes: 1 })
  await old.close()
  const tabs = await Promise.all([device.open('2.0.0'), device.open('2.0.0')])
  for (const tab of tabs) {
    const todos = await todosOf(tab)
    expect(todos).toHaveLength(120)
    expect(new Set(todos.map((todo) => (todo as { seconds: number }).seconds))).toEqual(new Set([60]))
  }
  for (const tab of tabs) await tab.close()
})

test('[TB9] [MG6] of several tabs, those of older code say that they are, also the one that syncs; the newer one goes on syncing', async () => {
  const world = openWorld()
  const device = world.device('ann')
  const open = (version: '1.0.0' | '2.0.0') =>
    device.open(version, { tabs: oneTabSyncs(), environment: systemEnvironment })
  const olds = [await open('1.0.0'), await open('1.0.0')]
  for (const old of olds) {
    old.start()
    await untilStatus(old, 'synced')
  }
  world.run('2.0.0')
  const newer = await open('2.0.0')
  newer.start()
  for (const old of olds)
    expect(await untilStatus(old, 'blocked')).toMatchObject({ error: { code: 'UPGRADE_REQUIRED' } })
  await untilStatus(newer, 'synced')
  await newer.collections['todos']?.create({ id: 'a', name: 'goes on', seconds: 0, urgent: false })
  expect(await newer.syncNow()).toMatchObject({ status: 'synced' })
  expect(await newer.operations.list({ status: 'COMPLETED' })).toHaveLength(1)

  // Whoever asks once more is told once more.
  const [first] = olds
  first?.start()
  await first?.syncNow()
  expect(first?.state).toMatchObject({ status: 'blocked', error: { code: 'UPGRADE_REQUIRED' } })
  for (const tab of [...olds, newer]) await tab.close()
})
