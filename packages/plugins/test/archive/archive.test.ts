import { SyncError, type Operation, type SyncEvent } from '@holdfast/core'
import { archive } from '@holdfast/plugins/archive'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { countedStorage } from '../../../core/test/support/counted-storage.ts'
import { dyingStorage } from '../../../core/test/support/dying-storage.ts'
import { cleanWhatWillBeLost, day, known, lossesIn, openArchiveWorld } from './world.ts'

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index)

test('[AR1] more than `keep` decided operations do not stay: the oldest made go, with all that belongs to them', async () => {
  await using world = openArchiveWorld()
  const storage = memoryStorage()
  const device = await world.device({ keep: 10, grace: 0 }, { storage })
  const made = await device.write(30)
  await device.sync()
  await expect.poll(() => device.client.plugins.archive.size()).toBe(10)
  expect(await known(device, made)).toEqual(range(20, 30))
  expect(await device.client.operations.history('tasks', 'r-0')).toEqual([])
  expect(await device.client.operations.history('tasks', 'r-29')).toHaveLength(1)
  expect(await device.client.operations.list()).toHaveLength(10)
  // Records are none of its business.
  expect(await device.client.collections.tasks.find()).toHaveLength(30)
  await device.client.collections.tasks.update('r-0', { title: 'goes on' })
  await device.sync()
  await device.client.close()

  const database = await storage.open('u-1')
  const [all] = await database.read([{ scan: '' }])
  const count = (place: string): number => all.filter(({ key }) => key.startsWith(`${place}/`)).length
  expect([count('done'), count('past'), count('id'), count('op'), count('queue')]).toEqual([10, 10, 10, 0, 0])
  await database.close()
})

test('[AR2] what was decided longer ago than `olderThan` goes, whenever it was made', async () => {
  await using world = openArchiveWorld()
  const device = await world.device({ keep: 1_000, olderThan: '30d' })
  await device.sync()
  const early = await device.write(3, 'early')
  await device.sync()
  const offline = await device.write(3, 'offline')
  const last = { early: 0, offline: 0 }
  for (let days = 1; days <= 90; days += 1) {
    world.environment.advance(day)
    if (days >= 25) await device.sync()
    await device.client.plugins.archive.run()
    if ((await known(device, early)).length > 0) last.early = days
    if ((await known(device, offline)).length > 0) last.offline = days
  }
  expect(last.early).toBeGreaterThanOrEqual(29)
  expect(last.early).toBeLessThanOrEqual(31)
  // They were made with the others, and decided 25 days later.
  expect(last.offline).toBeGreaterThanOrEqual(54)
  expect(last.offline).toBeLessThanOrEqual(56)
})

test('[AR2] a clock that jumps while the server is not heard ages nothing', async () => {
  await using world = openArchiveWorld()
  const [options, storage] = [{ keep: 0, olderThan: '30d' } as const, memoryStorage()]
  const device = await world.device(options, { storage })
  const made = await device.write(3)
  await device.sync()
  await device.client.close()
  // Nothing can tell the next session how long that was.
  world.environment.advance(1_000 * day)
  const next = await world.device(options, { storage })
  expect(await next.client.plugins.archive.run()).toBe(0)
  expect(await known(next, made)).toEqual(range(0, 3))
  await next.sync()
  await expect.poll(() => known(next, made)).toEqual([])
})

test('[AR2] [AR3] a clock that was set back, and a contact without news since, age nothing in the next session', async () => {
  await using world = openArchiveWorld()
  let isWrongBy = 0
  const { clock } = world.environment
  const environment = {
    ...world.environment,
    clock: { now: () => clock.now() + isWrongBy, monotonic: () => clock.monotonic() },
  }
  const [options, storage] = [{ keep: 0, olderThan: '30d', grace: '7d' } as const, memoryStorage()]
  const device = await world.device(options, { storage, environment })
  const made = await device.write(3)
  await device.sync()
  isWrongBy = -40 * day
  await device.sync()
  await device.client.close()
  const next = await world.device(options, { storage, environment })
  expect(await next.client.plugins.archive.run()).toBe(0)
  expect(await known(next, made)).toEqual(range(0, 3))
})

test('[AR2] what a session decided before it heard the server is no older than that', async () => {
  await using world = openArchiveWorld()
  const [options, storage] = [{ keep: 1_000, olderThan: '10d', grace: 0 } as const, memoryStorage()]
  const device = await world.device(options, { storage })
  await device.sync()
  const [made = ''] = await device.write(1)
  await device.client.close()
  world.environment.advance(20 * day)
  const next = await world.device(options, { storage })
  await next.client.operations.cancel(made)
  await next.client.plugins.archive.run()
  await next.sync()
  await next.client.plugins.archive.run()
  expect(await known(next, [made])).toEqual([0])
  world.environment.advance(11 * day)
  await next.sync()
  await expect.poll(() => known(next, [made])).toEqual([])
})

test('[AR3] what was applied within the grace period stays, however many there are', async () => {
  await using world = openArchiveWorld()
  const device = await world.device({ keep: 0, olderThan: '30d', grace: '7d' })
  const made = await device.write(5)
  const { operationId } = await device.client.collections.tasks.update('r-0', { title: 'taken back' })
  await device.client.operations.cancel(operationId)
  await device.sync()
  await device.client.plugins.archive.run()
  expect(await known(device, made)).toEqual(range(0, 5))
  // What was not applied is nothing that could be sent again.
  expect(await known(device, [operationId])).toEqual([])
  world.environment.advance(6.9 * day)
  await device.sync()
  await device.client.plugins.archive.run()
  expect(await known(device, made)).toEqual(range(0, 5))
  world.environment.advance(1.2 * day)
  await device.sync()
  await expect.poll(() => known(device, made)).toEqual([])
})

test('[AR4] what waits in an open conflict stays, with its transaction', async () => {
  await using world = openArchiveWorld()
  const device = await world.device({ keep: 0, grace: 0 })
  const other = await world.device({}, { user: 'u-2' })
  const { client } = device
  await client.collections.asked.create({ id: 'r', title: 'base' })
  await client.collections.tasks.create({ id: 'r', title: 'base' })
  await device.sync()
  await other.sync()
  await other.client.collections.asked.update('r', { title: 'theirs' })
  await other.sync()
  await client.transaction(async ({ collections }) => {
    await collections.asked.update('r', { title: 'mine' })
    await collections.tasks.update('r', { title: 'with it' })
  })
  await device.sync()
  await client.plugins.archive.run()
  const waiting = await client.operations.list()
  expect(waiting.map(({ status }) => status)).toEqual(['CONFLICT', 'CONFLICT'])
  const [conflict] = await client.conflicts.list()
  await client.conflicts.resolve(conflict?.id ?? '', 'mine')
  await device.sync()
  await client.plugins.archive.run()
  expect(await client.operations.list()).toEqual([])
  expect(await client.collections.asked.get('r')).toMatchObject({ title: 'mine' })
  expect(await client.collections.tasks.get('r')).toMatchObject({ title: 'with it' })
})

test('[AR4] collections that are left alone keep all of theirs, and transactions that touch them too', async () => {
  await using world = openArchiveWorld()
  const device = await world.device({ keep: 0, grace: 0, except: ['locked'] })
  const { client } = device
  await client.collections.locked.create({ id: 'kept', title: 'kept' })
  await client.collections.tasks.create({ id: 'goes', title: 'goes' })
  await client.transaction(async ({ collections }) => {
    await collections.tasks.create({ id: 'stays', title: 'stays' })
    await collections.locked.create({ id: 'together', title: 'together' })
  })
  await client.transaction(async ({ collections }) => {
    await collections.tasks.update('goes', { title: 'goes too' })
    await collections.latest.create({ id: 'goes', title: 'goes too' })
  })
  await device.sync()
  await client.plugins.archive.run()
  expect((await client.operations.list()).map(({ recordId }) => recordId)).toEqual([
    'kept',
    'stays',
    'together',
  ])
  expect(await client.plugins.archive.size()).toBe(3)
})

test('[AR4] a dead letter stays until it is let go of', async () => {
  await using world = openArchiveWorld()
  const device = await world.device({ keep: 0, grace: 0, olderThan: '1d' })
  const { client } = device
  const { operationId } = await client.collections.tasks.create({ id: 'a', title: 'forbidden' })
  await client.collections.tasks.create({ id: 'b', title: 'b' })
  await device.sync()
  world.environment.advance(100 * day)
  await device.sync()
  await client.plugins.archive.run()
  expect((await client.operations.list()).map(({ id }) => id)).toEqual([operationId])
  expect(await client.plugins.archive.size()).toBe(0)
  await client.deadLetters.discard(operationId)
  expect(await client.plugins.archive.size()).toBe(1)
  await client.plugins.archive.run()
  expect(await client.operations.get(operationId)).toBeUndefined()
})

test('[AR5] what is removed is handed over first; where that fails it stays', async () => {
  await using world = openArchiveWorld()
  const handed: Operation[] = []
  let isFull = true
  const device = await world.device({
    keep: 2,
    grace: 0,
    onRemove(operations) {
      if (isFull) throw new Error('the disk is full')
      handed.push(...operations)
    },
  })
  const problems: SyncEvent[] = []
  device.client.events$.subscribe((event) => event.type === 'problem' && problems.push(event))
  const made = await device.write(6)
  await device.sync()
  await expect.poll(() => problems.length).toBe(1)
  expect(await known(device, made)).toEqual(range(0, 6))
  isFull = false
  expect(await device.client.plugins.archive.run()).toBe(4)
  expect(handed.map(({ id }) => id)).toEqual(made.slice(0, 4))
  expect(handed[0]).toMatchObject({ status: 'COMPLETED', fate: { kind: 'applied' } })
})

test('[AR5] a crash at any step of a pass loses nothing and hands everything over', async () => {
  await using world = openArchiveWorld()
  const options = { keep: 2, grace: 0 }
  let deaths = 0
  for (let call = 1; ; call += 1) {
    const place = memoryStorage()
    const handed = new Set<string>()
    const onRemove = (operations: readonly Operation[]): void =>
      operations.forEach(({ id }) => handed.add(id))
    const dying = dyingStorage(place)
    const user = `u-${call}`
    const never = { ...options, keep: 1_000 }
    const first = await world.device(never, { storage: place, user })
    const made = await first.write(5, `c${call}`)
    await first.sync()
    await first.client.close()
    const second = await world.device(
      { ...options, onRemove },
      { storage: dying.storage, user, isMortal: true },
    )
    dying.arm({ call: Math.ceil(call / 2), side: call % 2 === 0 ? 'after' : 'before' })
    const ended = await Promise.race([
      second.client.plugins.archive.run().then(() => 'ended' as const),
      dying.died.then(() => 'died' as const),
    ])
    if (ended === 'ended') break
    deaths += 1
    const third = await world.device({ ...options, onRemove }, { storage: place, user })
    await third.client.plugins.archive.run()
    expect(await known(third, made)).toEqual([3, 4])
    expect(made.slice(0, 3).every((id) => handed.has(id))).toBe(true)
    expect((await third.client.operations.list()).length).toBe(2)
    dying.arm(undefined)
  }
  expect(deaths).toBeGreaterThan(8)
})

test('[AR6] where nothing is due, a run costs one read and no commit', async () => {
  await using world = openArchiveWorld()
  const storage = countedStorage()
  const device = await world.device({ keep: 100, grace: 0 }, { storage })
  await device.write(150)
  await device.sync()
  await expect.poll(() => device.client.plugins.archive.size()).toBe(100)
  const places = (from: number): readonly string[] =>
    storage.reads
      .slice(from)
      .flat()
      .map((request) => ('get' in request ? request.get : request.scan).split('/')[0] ?? '')
      .filter((place) => ['done', 'past', 'archive', 'dead'].includes(place))
  const [reads, commits] = [storage.reads.length, storage.commits.length]
  device.client.start()
  await device.client.syncNow()
  await expect.poll(() => places(reads)).toContain('archive')
  expect(new Set(places(reads))).toEqual(new Set(['archive']))
  expect(
    storage.commits
      .slice(commits)
      .flatMap(({ writes }) => writes)
      .filter(({ key }) => key.startsWith('archive/')),
  ).toEqual([])
})

test('[AR7] what the server lost after it was removed here is told, and not silently missed', async () => {
  await using world = openArchiveWorld()
  const errors: string[] = []
  const logger = { debug: () => undefined, error: (message: string) => errors.push(message) }
  const device = await world.device({ keep: 2, grace: 0 }, { logger })
  const told = lossesIn(device.client)
  const backup = await cleanWhatWillBeLost(world, device)
  world.restore(backup)
  await device.sync()
  expect(told).toMatchObject([
    { type: 'resetFinished', requeued: 2 },
    { type: 'notSentAgain', operations: 4 },
  ])
  expect(errors).toHaveLength(1)
  expect(await device.client.collections.tasks.find()).toHaveLength(6)

  // The numbers are given anew: they say nothing any more about what is lost.
  const again = world.backUp()
  await device.write(2, 'again')
  await device.sync()
  world.restore(again)
  await device.sync()
  expect(told.slice(2)).toMatchObject([{ type: 'resetFinished', requeued: 2 }])
})

test('[AR8] options that make no sense are refused', () => {
  for (const [option, value] of [
    ['keep', -1],
    ['keep', 1.5],
    ['olderThan', 'a month'],
    ['olderThan', Number.NaN],
    ['grace', '31d'],
  ] as const) {
    const make = (): unknown => archive({ [option]: value })
    expect(make).toThrow(expect.objectContaining({ code: 'MISCONFIGURED', details: { option } }))
  }
})

test('[CL91] the history of a record is one scan, whatever else was done', async () => {
  await using world = openArchiveWorld()
  const storage = countedStorage()
  const device = await world.device({ keep: 10_000 }, { storage, limits: { maxOps: 20_000 } })
  await Promise.all(
    range(0, 2_000).map((index) => device.client.collections.tasks.create({ id: `r-${index}`, title: 't' })),
  )
  await device.client.collections.tasks.update('r-7', { title: 'new' })
  await device.sync()
  await device.client.collections.tasks.update('r-7', { title: 'newer' })
  const before = storage.reads.length
  const history = await device.client.operations.history('tasks', 'r-7')
  expect(history.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED', 'PENDING'])
  expect(storage.reads.slice(before)).toHaveLength(2)
  const scans = storage.reads
    .slice(before)
    .flat()
    .filter((request) => 'scan' in request)
  expect(scans).toHaveLength(2)
  for (const { scan } of scans) expect(scan).toMatch(/tasks\/r-7\/$/)
})

test('[AR9] while a scope is fetched anew nothing of it is removed, and then what the server lost is sent again', async () => {
  await using world = openArchiveWorld()
  let isDown = false
  const real = world.server('u-1')
  const snapshot: typeof real.snapshot = (input, options) =>
    isDown
      ? Promise.reject(new SyncError('NETWORK_UNREACHABLE', 'The network is gone.', {}))
      : real.snapshot(input, options)
  const device = await world.device({ keep: 0, grace: '7d' }, { transport: { ...real, snapshot } })
  const backup = world.backUp()
  const made = await device.write(5)
  await device.sync()
  world.restore(backup)
  isDown = true
  device.client.start()
  expect(await device.client.syncNow()).toMatchObject({ status: 'waiting' })
  device.client.pause()
  world.environment.advance(20 * day)
  expect(await device.client.plugins.archive.run()).toBe(0)
  expect(await known(device, made)).toEqual(range(0, 5))
  isDown = false
  await device.sync()
  expect(await device.client.collections.tasks.find()).toHaveLength(5)
  for (const id of made) expect(await device.client.operations.get(id)).toMatchObject({ status: 'COMPLETED' })
})

test('[AR9] two tabs pass at once, and each operation is gone once', async () => {
  await using world = openArchiveWorld()
  const storage = memoryStorage()
  const handed = new Set<string>()
  const options = {
    keep: 100,
    grace: 0,
    onRemove: (operations: readonly Operation[]) => operations.forEach(({ id }) => handed.add(id)),
  }
  const first = await world.device({ keep: 10_000 }, { storage })
  const made = await first.write(1_500)
  await first.sync()
  const tabs = [await world.device(options, { storage }), await world.device(options, { storage })]
  const removed = await Promise.all(tabs.map(({ client }) => client.plugins.archive.run()))
  expect(removed.reduce((sum, one) => sum + one, 0)).toBe(1_400)
  expect(await tabs[0]?.client.plugins.archive.run()).toBe(0)
  expect(handed.size).toBe(1_400)
  expect(await known(first, made)).toEqual(range(1_400, 1_500))
})
