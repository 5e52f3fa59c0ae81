import { describe, expect, test } from 'vitest'
import { SyncError, collection, definePlugin, defineSchema, type Plugin } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { z } from 'zod'
import type { PushInput } from '../../src/protocol/push.ts'
import { openWith } from '../regressions/open-with.ts'
import { gate } from '../regressions/rest.ts'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { countedStorage } from '../support/counted-storage.ts'
import { dyingStorage, type Death } from '../support/dying-storage.ts'
import { failure } from '../support/failure.ts'
import { localServer } from '../support/transports.ts'
import { until } from '../support/until.ts'

/** Two records that were there before, and one that is new. */
const writeThree = ({ client }: Pick<TestClient, 'client'>): Promise<void> =>
  client.transaction(async ({ collections: { tasks } }) => {
    await tasks.update('a', { title: 'new' })
    await tasks.update('b', { title: 'new' })
    await tasks.create({ id: 'c', title: 'new' })
  })

const openWithTwo = async (options: Parameters<typeof openClient>[0] = {}): Promise<TestClient> => {
  const device = await openClient(options)
  for (const id of ['a', 'b']) await device.client.collections.tasks.create({ id, title: 'old' })
  return device
}

const titles = async ({ client }: Pick<TestClient, 'client'>): Promise<readonly string[]> =>
  (await client.collections.tasks.find({ orderBy: { id: 'asc' } })).map(({ id, title }) => `${id} ${title}`)

/** What the pushes carried, in order. */
const watchPushes = ({ transport }: TestClient, count = 20): readonly PushInput[] => {
  const pushes: PushInput[] = []
  for (let index = 0; index < count; index += 1) {
    transport.once('push', (real) => (input, options) => {
      pushes.push(input)
      return real(input, options)
    })
  }
  return pushes
}

describe('[CL70] all that a transaction writes is stored in one commit, or nothing is', () => {
  test('one commit, and operations that belong together', async () => {
    const storage = countedStorage()
    await using device = await openWithTwo({ storage })
    const before = storage.commits.length
    await writeThree(device)
    expect(storage.commits).toHaveLength(before + 1)
    const made = (await device.client.operations.list()).slice(2)
    expect(made.map(({ type, recordId }) => `${type} ${recordId}`)).toEqual([
      'update a',
      'update b',
      'create c',
    ])
    const [first] = made
    expect(made.map(({ transaction }) => transaction)).toEqual(
      made.map(() => ({ id: first?.transaction?.id, size: 3 })),
    )
    expect(await titles(device)).toEqual(['a new', 'b new', 'c new'])
  })

  test('one write alone is an operation like any other', async () => {
    await using device = await openClient()
    await device.client.transaction(({ collections: { tasks } }) => tasks.create({ title: 'alone' }))
    const [operation] = await device.client.operations.list()
    expect(operation).not.toHaveProperty('transaction')
  })

  test('its result is given back, and nothing written is no operation', async () => {
    await using device = await openWithTwo()
    const title = await device.client.transaction(async ({ collections: { tasks } }) => {
      const task = await tasks.get('a')
      return task?.title
    })
    expect(title).toBe('old')
    expect(await device.client.operations.list()).toHaveLength(2)
  })

  test('each write resolves to its receipt', async () => {
    await using device = await openClient()
    const receipt = await device.client.transaction(async ({ collections: { tasks } }) => {
      await tasks.create({ id: 'x', title: 'first' })
      return tasks.create({ id: 'y', title: 'second' })
    })
    expect(await device.client.operations.get(receipt.operationId)).toMatchObject({ recordId: 'y' })
  })

  test('a view never shows half of it', async () => {
    await using device = await openWithTwo()
    const seen = new Set<string>()
    device.client.collections.tasks.find$().subscribe((tasks) => {
      seen.add(tasks.map(({ title }) => title).join())
    })
    await writeThree(device)
    await until(device.client.collections.tasks.find$(), (tasks) => tasks.length === 3)
    expect([...seen]).toEqual(['old,old', 'new,new,new'])
  })

  test('a failed commit leaves nothing, and says why', async () => {
    const storage = countedStorage()
    await using device = await openWithTwo({ storage })
    storage.refuse = () => {
      throw new SyncError('STORAGE_FULL', 'There is no space left.', {})
    }
    await failure(writeThree(device), 'STORAGE_FULL')
    storage.refuse = () => undefined
    expect(await titles(device)).toEqual(['a old', 'b old'])
    expect(await device.client.operations.list()).toHaveLength(2)
    await writeThree(device)
    expect(await titles(device)).toEqual(['a new', 'b new', 'c new'])
  })

  test('a function that throws writes nothing, and its error comes out', async () => {
    await using device = await openWithTwo()
    const attempt = device.client.transaction(async ({ collections: { tasks } }) => {
      await tasks.update('a', { title: 'new' })
      throw new Error('changed my mind')
    })
    await expect(attempt).rejects.toThrow('changed my mind')
    expect(await titles(device)).toEqual(['a old', 'b old'])
  })
})

test('[CL70] inside, reads and later writes see what it has written; outside nobody does', async () => {
  await using device = await openWithTwo()
  const { client } = device
  await client.transaction(async ({ collections: { tasks } }) => {
    await tasks.update('a', { title: 'new' })
    expect(await tasks.get('a')).toMatchObject({ title: 'new' })
    expect(await client.collections.tasks.get('a')).toMatchObject({ title: 'old' })
    await tasks.run.rename('a', { title: 'newer' })
    await tasks.create({ id: 'c', title: 'made here' })
    await tasks.update('c', { votes: 3 })
    await tasks.delete('b')
    expect(await tasks.get('b')).toBeUndefined()
    expect(await tasks.get('c')).toMatchObject({ title: 'made here', votes: 3 })
    await tasks.create({ id: 'b', title: 'anew' })
  })
  expect(await titles(device)).toEqual(['a newer', 'b anew', 'c made here'])
  expect(await sync(device)).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(await titles(device)).toEqual(['a newer', 'b anew', 'c made here'])
})

describe('[CL71] a refused write refuses all', () => {
  test.each([
    ['that fits no record', 'NOT_FOUND', { id: 'missing', title: 'new' }],
    ['that does not fit the schema', 'INVALID', { id: 'b', title: '' }],
  ] as const)('one %s, whether somebody awaited it or not', async (_name, code, { id, title }) => {
    await using device = await openWithTwo()
    const awaited = device.client.transaction(async ({ collections: { tasks } }) => {
      await tasks.update('a', { title: 'new' })
      await tasks.update(id, { title }).catch(() => undefined)
    })
    await failure(awaited, code)
    const forgotten = device.client.transaction(async ({ collections: { tasks } }) => {
      void tasks.update(id, { title })
      await tasks.update('a', { title: 'new' })
    })
    await failure(forgotten, code)
    expect(await titles(device)).toEqual(['a old', 'b old'])
    expect(await device.client.operations.list()).toHaveLength(2)
  })

  test('a hook that refuses one, after the function has returned', async () => {
    const plugin = definePlugin({
      name: 'censor',
      hooks: {
        async beforeEnqueue(draft) {
          await Promise.resolve()
          if (draft.recordId === 'c') throw new SyncError('INVALID', 'Not this one.', { reason: 'censored' })
          return draft
        },
      },
    })
    await using device = await openWithTwo({ plugins: [plugin] })
    const attempt = device.client.transaction(async ({ collections: { tasks } }) => {
      void tasks.update('a', { title: 'new' })
      void tasks.create({ id: 'c', title: 'new' })
    })
    await failure(attempt, 'INVALID')
    expect(await titles(device)).toEqual(['a old', 'b old'])
  })
})

test('[CL71] writes that nobody awaited belong to it', async () => {
  const plugin = definePlugin({ name: 'slow', hooks: { beforeEnqueue: async (draft) => draft } })
  for (const plugins of [[], [plugin]]) {
    await using device = await openWithTwo({ plugins })
    await device.client.transaction(async ({ collections: { tasks } }) => {
      void tasks.update('a', { title: 'new' })
      void tasks.create({ id: 'c', title: 'new' })
      void tasks.update('c', { votes: 1 })
    })
    expect(await titles(device)).toEqual(['a new', 'b old', 'c new'])
  }
})

test('[CL71] what comes after its end is refused, and is nowhere', async () => {
  await using device = await openWithTwo()
  const late = await device.client.transaction(async ({ collections }) => {
    await collections.tasks.update('a', { title: 'new' })
    return collections.tasks
  })
  expect((await failure(late.create({ title: 'late' }), 'INVALID')).message).toContain('has returned')
  await failure(late.get('a'), 'INVALID')
  await failure(late.run.rename('a', { title: 'late' }), 'INVALID')
  expect(await titles(device)).toEqual(['a new', 'b old'])
})

describe('[CL72] what it read or wrote has to be so still', () => {
  test.each(['a', 'b'])('somebody changed %s meanwhile: it runs again', async (id) => {
    const storage = memoryStorage()
    await using device = await openWithTwo({ storage })
    await using other = await openClient({ storage })
    let runs = 0
    await device.client.transaction(async ({ collections: { tasks } }) => {
      runs += 1
      const seen = await tasks.get('a')
      await tasks.update('b', { title: `after ${seen?.votes}` })
      if (runs === 1) await other.client.collections.tasks.update(id, { votes: 5 })
    })
    expect(runs).toBe(2)
    const [a, b] = await device.client.collections.tasks.find({ orderBy: { id: 'asc' } })
    expect([a, b]).toMatchObject([
      { votes: id === 'a' ? 5 : 0 },
      { title: id === 'a' ? 'after 5' : 'after 0', votes: id === 'b' ? 5 : 0 },
    ])
  })

  test('that a record was not there, too', async () => {
    const storage = memoryStorage()
    await using device = await openClient({ storage })
    await using other = await openClient({ storage })
    let runs = 0
    await device.client.transaction(async ({ collections: { tasks } }) => {
      runs += 1
      const before = await tasks.get('x')
      if (runs === 1) await other.client.collections.tasks.create({ id: 'x', title: 'theirs' })
      if (before === undefined) await tasks.create({ id: 'x', title: 'mine' })
      else await tasks.update('x', { text: 'mine' })
      await tasks.create({ id: 'y', title: 'mine' })
    })
    expect(await titles(device)).toEqual(['x theirs', 'y mine'])
  })

  test('what others write elsewhere does not matter', async () => {
    const storage = memoryStorage()
    await using device = await openWithTwo({ storage })
    await using other = await openClient({ storage })
    let runs = 0
    await device.client.transaction(async ({ collections: { tasks } }) => {
      runs += 1
      await other.client.collections.tasks.create({ id: 'z', title: 'elsewhere' })
      await tasks.update('a', { title: 'new' })
      await tasks.update('b', { title: 'new' })
    })
    expect(runs).toBe(1)
    const numbers = (await device.client.operations.list()).map(({ localSeq }) => localSeq)
    expect(numbers).toEqual([1, 2, 3, 4, 5])
  })

  test('where others never let it through it gives up, with nothing written', async () => {
    const storage = memoryStorage()
    await using device = await openWithTwo({ storage })
    await using other = await openClient({ storage })
    const attempt = device.client.transaction(async ({ collections: { tasks } }) => {
      const task = await tasks.get('a')
      await other.client.collections.tasks.update('a', { votes: (task?.votes ?? 0) + 1 })
      await tasks.update('a', { title: 'new' })
    })
    await failure(attempt, 'STORAGE_CONFLICT')
    expect(await titles(device)).toEqual(['a old', 'b old'])
  })
})

const openTeams = (plugins: readonly Plugin[] = []) => {
  const scopes = ['team-1', 'team-2']
  const schema = defineSchema({
    version: '1.0.0',
    collections: {
      items: collection({
        fields: z.object({ id: z.string(), team: z.string(), title: z.string().default('') }),
        scope: ({ team }) => team,
      }),
    },
  })
  const transport = localServer({ schema, scopes: () => scopes })('u-1')
  return openWith(schema, { scopes, transport, plugins })
}

describe('[CL73] a transaction is no larger than a batch, and of one scope', () => {
  test('two scopes are INVALID', async () => {
    const { client } = await openTeams()
    await client.collections.items.create({ id: 'b', team: 'team-2' })
    const attempt = client.transaction(async (transaction) => {
      await transaction.collections.items.create({ id: 'a', team: 'team-1' })
      await transaction.collections.items.update('b', { title: 'new' })
    })
    const { message } = await failure(attempt, 'INVALID')
    expect(message).toContain('team-1 and team-2')
    expect(await client.collections.items.find()).toMatchObject([{ id: 'b', title: '' }])
  })

  test('hooks are told the scope of a record that the transaction itself has made', async () => {
    const scopes: string[] = []
    const plugin = definePlugin({
      name: 'listener',
      hooks: {
        beforeEnqueue(draft) {
          scopes.push(draft.scope)
          return draft
        },
      },
    })
    const { client } = await openTeams([plugin])
    await client.transaction(async ({ collections: { items } }) => {
      await items.create({ id: 'b', team: 'team-2' })
      await items.update('b', { title: 'new' })
    })
    expect(scopes).toEqual(['team-2', 'team-2'])
    expect(await client.collections.items.get('b')).toMatchObject({ title: 'new' })
  })

  test('more operations than a batch carries are TOO_LARGE', async () => {
    await using device = await openClient({ batch: { operations: 3 } })
    const create = (count: number) =>
      device.client.transaction(async ({ collections: { tasks } }) => {
        for (let index = 0; index < count; index += 1) await tasks.create({ title: `${index}` })
      })
    const error = await failure(create(4), 'TOO_LARGE')
    expect(error.details).toEqual({ what: 'transaction', limit: 3, actual: 4 })
    expect(await device.client.operations.list()).toEqual([])
    await create(3)
    expect(await sync(device)).toMatchObject({ status: 'synced' })
  })

  test('more bytes than a batch carries are TOO_LARGE; one write alone may have them', async () => {
    await using device = await openClient({ batch: { bytes: 10_000 } })
    const text = 'x'.repeat(6_000)
    const attempt = device.client.transaction(async ({ collections: { tasks } }) => {
      for (const title of ['one', 'two']) await tasks.create({ title, text })
    })
    expect((await failure(attempt, 'TOO_LARGE')).details).toMatchObject({
      what: 'transaction',
      limit: 10_000,
    })
    expect(await device.client.operations.list()).toEqual([])
    await device.client.transaction(({ collections: { tasks } }) =>
      tasks.create({ title: 'large', text: text + text }),
    )
    expect(await sync(device)).toMatchObject({ status: 'synced' })
  })

  test('a queue that is full on the way leaves nothing', async () => {
    await using device = await openWithTwo({ limits: { maxOps: 4 } })
    await failure(writeThree(device), 'QUEUE_FULL')
    expect(await titles(device)).toEqual(['a old', 'b old'])
    expect(await until(device.client.queue$, () => true)).toMatchObject({ pending: 2, level: 'ok' })
    await sync(device)
    await writeThree(device)
    expect(await titles(device)).toEqual(['a new', 'b new', 'c new'])
  })
})

describe('[CL74] a transaction goes in one batch, whole', () => {
  const write = (device: TestClient, ids: readonly string[]) =>
    device.client.transaction(async ({ collections: { tasks } }) => {
      for (const id of ids) await tasks.create({ id, title: 'together' })
    })
  const recordsOf = (pushes: readonly PushInput[]) =>
    pushes.map(({ operations }) => operations.map(({ recordId }) => recordId).join(''))

  test('a batch that is cut by number is cut between transactions', async () => {
    await using device = await openClient({ batch: { operations: 4 } })
    const pushes = watchPushes(device)
    await device.client.collections.tasks.create({ id: 'a', title: 'alone' })
    await device.client.collections.tasks.create({ id: 'b', title: 'alone' })
    await write(device, ['c', 'd', 'e'])
    await write(device, ['f', 'g'])
    await write(device, ['h', 'i', 'j', 'k'])
    await device.client.collections.tasks.create({ id: 'l', title: 'alone' })
    expect(await sync(device)).toMatchObject({ status: 'synced' })
    expect(recordsOf(pushes)).toEqual(['ab', 'cde', 'fg', 'hijk', 'l'])
  })

  test('and so is one that is cut by bytes', async () => {
    await using device = await openClient({ batch: { bytes: 4_000 } })
    const pushes = watchPushes(device)
    await device.client.collections.tasks.create({ id: 'a', title: 'alone', text: 'x'.repeat(1_000) })
    await write(device, ['b', 'c', 'd'])
    await write(device, ['e', 'f'])
    expect(await sync(device)).toMatchObject({ status: 'synced' })
    expect(recordsOf(pushes)).toEqual(['a', 'bcd', 'ef'])
  })

  test('one that was made when batches were larger still goes whole', async () => {
    const storage = memoryStorage()
    const transport = localServer()('u-1')
    const large = await openClient({ storage, transport, batch: { operations: 5 } })
    await write(large, ['a', 'b', 'c', 'd', 'e'])
    await large.client.collections.tasks.create({ id: 'f', title: 'alone' })
    await large.client.close()
    await using small = await openClient({ storage, transport, batch: { operations: 2 } })
    const pushes = watchPushes(small)
    expect(await sync(small)).toMatchObject({ status: 'synced' })
    expect(recordsOf(pushes)).toEqual(['abcde', 'f'])
  })
})

describe('[CL70] [P02] a crash at any call of storage leaves all of it or nothing', () => {
  /** Everything that a device does from the transaction to the last commit of its sync. */
  const live = async (device: TestClient): Promise<void> => {
    await writeThree(device)
    await sync(device)
  }

  const countCalls = async (): Promise<number> => {
    const dying = dyingStorage(memoryStorage())
    await using device = await openWithTwo({ storage: dying.storage })
    dying.arm(undefined)
    await live(device)
    return dying.calls()
  }

  const isWhole = (all: readonly string[]): boolean =>
    ['a old,b old', 'a new,b new,c new'].includes(all.join())

  const liveUntil = async (death: Death): Promise<'all' | 'nothing'> => {
    const place = memoryStorage()
    const server = localServer()
    const dying = dyingStorage(place)
    const first = await openWithTwo({ storage: dying.storage, transport: server('u-1') })
    dying.arm(death)
    live(first).catch(() => undefined)
    await dying.died

    await using again = await openClient({ storage: place, transport: server('u-1') })
    const shown = await titles(again)
    expect(isWhole(shown)).toBe(true)
    expect(await sync(again)).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
    expect(await titles(again)).toEqual(shown)
    await using other = await openClient({ user: 'u-2', transport: server('u-2') })
    await sync(other)
    expect(await titles(other)).toEqual(shown)
    const operations = await again.client.operations.list()
    expect(operations.map(({ status }) => status)).toEqual(operations.map(() => 'COMPLETED'))
    return shown.length === 3 ? 'all' : 'nothing'
  }

  test('and it goes on from there', async () => {
    const calls = await countCalls()
    expect(calls).toBeGreaterThan(10)
    const outcomes: string[] = []
    for (let call = 1; call <= calls; call += 1)
      for (const side of ['before', 'after'] as const) outcomes.push(await liveUntil({ call, side }))
    // Once it is stored it stays.
    const stored = outcomes.indexOf('all')
    expect(stored).toBeGreaterThan(1)
    expect(new Set(outcomes.slice(stored))).toEqual(new Set(['all']))
  })
})

test('[CL72] a transaction waits for nobody: writes of others go on while its function runs', async () => {
  const slow = gate()
  await using device = await openWithTwo()
  const running = device.client.transaction(async ({ collections: { tasks } }) => {
    await tasks.update('a', { title: 'new' })
    await slow.opened
    await tasks.update('b', { title: 'new' })
  })
  await device.client.collections.tasks.create({ id: 'd', title: 'meanwhile' })
  slow.open()
  await running
  expect(await titles(device)).toEqual(['a new', 'b new', 'd meanwhile'])
})

test('[CL70] a function that gives no promise is a transaction too: all of it is stored, or nothing where it throws', async () => {
  await using device = await openWithTwo()
  const { client } = device
  type Work = Parameters<typeof client.transaction>[0]
  const plain: unknown = ({ collections: { tasks } }: Parameters<Work>[0]) => {
    void tasks.update('a', { title: 'new' })
    return 'done'
  }
  expect(await client.transaction(plain as Work)).toBe('done')
  const throwing: unknown = ({ collections: { tasks } }: Parameters<Work>[0]) => {
    void tasks.update('b', { title: 'new' })
    throw new Error('no')
  }
  await expect(client.transaction(throwing as Work)).rejects.toThrow('no')
  expect(await titles(device)).toEqual(['a new', 'b old'])
})

test('[CL04] what is no record is refused', async () => {
  await using device = await openClient()
  for (const record of [undefined, null, 3, 'text', []]) {
    const error = await failure(device.client.collections.tasks.create(record as never), 'INVALID')
    expect(error.message).toBe('The record must be an object.')
  }
  expect(await device.client.operations.list()).toEqual([])
})
