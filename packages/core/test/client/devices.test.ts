import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EmptyError, firstValueFrom, lastValueFrom, shareReplay } from 'rxjs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { failure } from '../support/failure.ts'
import { openClient, sync } from '../support/client.ts'
import { openPair } from '../support/pair.ts'
import { localServer } from '../support/transports.ts'
import { until, untilStatus } from '../support/until.ts'

describe('[CL01] [P01] a restart keeps everything', () => {
  test('records and the queue, in order, and it drains', async () => {
    await using device = await openClient()
    const { tasks } = device.client.collections
    await tasks.create({ id: 'a', title: 'one' })
    await tasks.update('a', { title: 'two' })
    const before = await device.client.operations.list()
    await using again = await device.restart()
    expect(await again.client.operations.list()).toEqual(before)
    expect(await again.client.collections.tasks.get('a')).toMatchObject({ title: 'two' })
    expect(await sync(again)).toMatchObject({ status: 'synced' })
    expect(await again.client.operations.list({ status: 'COMPLETED' })).toHaveLength(2)
  })

  test('an open conflict, its numbers and its answer', async () => {
    await using pair = await openPair()
    await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
    await pair.mine.client.collections.asked.update('r', { title: 'mine' })
    await pair.meet()
    const conflict = await pair.conflict()
    await using again = await pair.mine.restart()
    expect(await again.client.conflicts.list()).toEqual([conflict])
    expect(await until(again.client.queue$, () => true)).toMatchObject({ conflicts: 1 })
    await again.client.conflicts.resolve(conflict.id, 'mine')
    await sync(again)
    await untilStatus(again.client, 'synced')
    await sync(pair.theirs)
    expect(await pair.theirs.client.collections.asked.get('r')).toMatchObject({ title: 'mine' })
  })

  test('dead letters', async () => {
    const server = localServer({ authorize: ({ after }) => after?.['title'] !== 'forbidden' })
    await using device = await openClient({ transport: server('u-1') })
    await device.client.collections.tasks.create({ title: 'forbidden' })
    await sync(device)
    const letters = await device.client.deadLetters.list()
    expect(letters).toMatchObject([{ fate: { kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' } }])
    await using again = await device.restart()
    expect(await again.client.deadLetters.list()).toEqual(letters)
  })
})

describe('two tabs over one store', () => {
  test('[CL38] see each other’s writes at once, and not one of them twice', async () => {
    const storage = memoryStorage()
    await using first = await openClient({ storage })
    await using second = await openClient({ storage })
    const seen: number[] = []
    second.client.collections.tasks.find$().subscribe((tasks) => seen.push(tasks.length))
    await until(second.client.collections.tasks.find$(), (tasks) => tasks.length === 0)
    for (let count = 1; count <= 3; count += 1) {
      await first.client.collections.tasks.create({ title: 'one' })
      await until(second.client.collections.tasks.find$(), (tasks) => tasks.length === count)
    }
    expect(seen).toEqual([0, 1, 2, 3])
  })

  test('[CL37] [P03] [P04] both drain one queue: each operation takes effect once, in the order made', async () => {
    const storage = memoryStorage()
    const server = localServer()
    await using first = await openClient({ storage, transport: server('u-1'), batch: { operations: 3 } })
    await using second = await openClient({ storage, transport: server('u-1'), batch: { operations: 3 } })
    await using other = await openClient({ user: 'u-2', transport: server('u-2') })
    await first.client.collections.tasks.create({ id: 'r', title: '0' })
    for (let count = 1; count <= 20; count += 1) {
      const { tasks } = (count % 2 === 0 ? first : second).client.collections
      await tasks.update('r', { title: `${count}` })
    }
    await Promise.all([sync(first), sync(second)])
    for (const { client, environment } of [first, second]) {
      while (client.state.status !== 'synced') {
        environment.advance(60_000)
        await until(client.state$, ({ status }) => status !== 'syncing')
      }
    }
    const operations = await first.client.operations.list()
    expect(operations.map(({ fate }) => fate)).toMatchObject(
      operations.map((_, index) => ({ kind: 'applied', version: index + 1 })),
    )
    await sync(other)
    expect(await other.client.collections.tasks.get('r')).toMatchObject({ title: '20' })
  })
})

describe('[CL34] a user’s database and queue are the user’s own', () => {
  test('another user on the device sees neither, and sends nothing of it', async () => {
    const storage = memoryStorage()
    const server = localServer()
    await using anna = await openClient({ storage, user: 'anna', transport: server('anna') })
    await anna.client.collections.tasks.create({ id: 'secret', title: 'mine' })
    await anna.client.close()

    await using bert = await openClient({ storage, user: 'bert', transport: server('bert') })
    expect(await bert.client.collections.tasks.find()).toEqual([])
    await sync(bert)
    expect(bert.transport.calls).not.toContain('push')

    await using again = await openClient({ storage, user: 'anna', transport: server('anna') })
    await sync(again)
    expect(await again.client.operations.list({ status: 'COMPLETED' })).toHaveLength(1)
  })

  test('[P09] a second user with the same client id is refused, and keeps the queue', async () => {
    const storage = memoryStorage()
    const server = localServer()
    await using anna = await openClient({ storage, user: 'u-1', transport: server('anna') })
    await anna.client.collections.tasks.create({ title: 'hers' })
    await sync(anna)
    const copy = await anna.restart()
    await copy.client.close()
    await using bert = await openClient({ storage, user: 'u-1', transport: server('bert') })
    const { operationId } = await bert.client.collections.tasks.create({ title: 'his' })
    bert.client.start()
    const { error } = await untilStatus(bert.client, 'blocked')
    expect(error.code).toBe('FORBIDDEN_OR_MISSING')
    expect(error.message).not.toContain('anna')
    expect(await bert.client.operations.get(operationId)).toMatchObject({ status: 'PENDING' })
  })
})

test('[CL34] wipe removes this user’s data from the device, and no one else’s', async () => {
  const storage = memoryStorage()
  const server = localServer()
  const anna = await openClient({ storage, user: 'anna', transport: server('anna') })
  await using bert = await openClient({ storage, user: 'bert', transport: server('bert') })
  await anna.client.collections.tasks.create({ title: 'hers' })
  await bert.client.collections.tasks.create({ title: 'his' })
  await anna.client.wipe()
  const [left] = await (await storage.open('anna')).read([{ scan: '' }])
  expect(left).toEqual([])
  expect(await bert.client.collections.tasks.find()).toHaveLength(1)
  await failure(anna.client.collections.tasks.create({ title: 'too late' }), 'CLOSED')
})

const places = {
  memory: () => {
    const storage = memoryStorage()
    return () => storage
  },
  'SQLite, another process': () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-wipe-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const filename = join(folder, 'device.db')
    return () => sqliteStorage({ filename, durability: 'normal', pollEvery: 5 })
  },
}

test.each(Object.entries(places))(
  '[CL39] who wipes ends the other tabs’ clients too, and none goes on showing what is gone (%s)',
  async (_place, open) => {
    const storage = open()
    const server = localServer()
    const here = await openClient({ storage: storage(), transport: server('u-1') })
    await using there = await openClient({ storage: storage(), transport: server('u-1') })
    await here.client.collections.tasks.create({ title: 'secret' })
    await sync(here)
    await sync(there)
    const shown$ = there.client.collections.tasks.find$().pipe(shareReplay(1))
    const last = lastValueFrom(shown$)
    expect(await firstValueFrom(shown$)).toMatchObject([{ title: 'secret' }])
    const { queue$, deadLetters, conflicts } = there.client
    const watched = [queue$, deadLetters.list$(), conflicts.list$()].map((one$) =>
      lastValueFrom<unknown>(one$),
    )
    await here.client.wipe()
    await last
    await Promise.allSettled(watched)
    await expect(firstValueFrom(queue$)).rejects.toThrow(EmptyError)
    expect(await untilStatus(there.client, 'blocked')).toMatchObject({ error: { code: 'CLOSED' } })
    await failure(there.client.collections.tasks.find(), 'CLOSED')
    await failure(there.client.collections.tasks.create({ title: 'too late' }), 'CLOSED')
  },
)

test('[CL33] after close every call says so, and what is watched ends', async () => {
  const { client } = await openClient()
  const ended: string[] = []
  const watch = (name: string) => ({ complete: () => void ended.push(name) })
  client.state$.subscribe(watch('state$'))
  client.queue$.subscribe(watch('queue$'))
  client.conflicts.list$().subscribe(watch('conflicts'))
  client.deadLetters.list$().subscribe(watch('deadLetters'))
  client.collections.tasks.find$().subscribe(watch('find$'))
  client.collections.tasks.get$('r').subscribe(watch('get$'))
  await client.close()
  await client.close()
  await failure(client.collections.tasks.find(), 'CLOSED')
  await failure(client.operations.list(), 'CLOSED')
  expect(ended.toSorted()).toEqual(['conflicts', 'deadLetters', 'find$', 'get$', 'queue$', 'state$'])
})

test('[CL33] closing in the middle of a read ends what is watched, without an error', async () => {
  for (let delay = 0; delay < 12; delay += 1) {
    const pair = await openPair()
    await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
    await pair.mine.client.collections.asked.update('r', { title: 'mine' })
    await pair.meet()
    const ends: string[] = []
    const observer = {
      error: (error: unknown) => ends.push(String(error)),
      complete: () => ends.push('complete'),
    }
    pair.mine.client.conflicts.list$().subscribe(observer)
    pair.mine.client.collections.asked.find$().subscribe(observer)
    for (let turn = 0; turn < delay; turn += 1) await Promise.resolve()
    await pair[Symbol.asyncDispose]()
    await until(pair.mine.client.state$, () => true).catch(() => undefined)
    expect(ends).toEqual(['complete', 'complete'])
  }
})
