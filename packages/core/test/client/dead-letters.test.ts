import { describe, expect, test } from 'vitest'
import { definePlugin, type Operation } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { failure } from '../support/failure.ts'
import { localServer } from '../support/transports.ts'
import { until, untilStatus } from '../support/until.ts'

interface Refusing {
  readonly device: TestClient
  /** What the server refuses: records with this title. */
  forbid: string | undefined
  readonly other: TestClient
}

/** A server that refuses records with a certain title, until it changes its mind. */
const openRefusing = async (options: Parameters<typeof openClient>[0] = {}): Promise<Refusing> => {
  const refusing: { forbid: string | undefined } = { forbid: 'forbidden' }
  const server = localServer({
    authorize: ({ after }) => refusing.forbid === undefined || after?.['title'] !== refusing.forbid,
  })
  const device = await openClient({ ...options, transport: server('u-1') })
  const other = await openClient({ user: 'u-2', transport: server('u-2') })
  return Object.assign(refusing, { device, other })
}

const settle = async (device: TestClient): Promise<void> => {
  await sync(device)
  await untilStatus(device.client, 'synced')
  device.client.pause()
}

const lettersOf = async ({ client }: TestClient): Promise<readonly string[]> =>
  (await client.deadLetters.list()).map(({ type, collection, recordId, fate }) => {
    const why = fate.kind === 'rejected' ? fate.code : fate.kind
    return `${type} ${collection} ${recordId}: ${why}`
  })

const fatesOf = async ({ client }: TestClient): Promise<readonly string[]> =>
  (await client.operations.list()).map(({ status }) => status)

/** `a` is there; a transaction changes it, makes a forbidden `b`, and `c`. */
const openDeadTransaction = async (): Promise<Refusing & { readonly letters: readonly Operation[] }> => {
  const refusing = await openRefusing()
  const { client } = refusing.device
  await client.collections.tasks.create({ id: 'a', title: 'old' })
  await client.transaction(async ({ collections: { tasks } }) => {
    await tasks.update('a', { title: 'new' })
    await tasks.create({ id: 'b', title: 'forbidden' })
    await tasks.create({ id: 'c', title: 'new' })
  })
  await settle(refusing.device)
  return Object.assign(refusing, { letters: await client.deadLetters.list() })
}

const titles = async ({ client }: TestClient): Promise<readonly string[]> =>
  (await client.collections.tasks.find({ orderBy: { id: 'asc' } })).map(({ id, title }) => `${id} ${title}`)

describe('[CL77] one of a transaction is rejected', () => {
  test('all of it are dead letters, and nothing was applied', async () => {
    const { device, letters } = await openDeadTransaction()
    const [a, b, c] = letters
    expect(b?.fate).toMatchObject({ kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' })
    for (const other of [a, c])
      expect(other?.fate).toEqual({ kind: 'aborted', cause: b?.id, reason: 'rejected' })
    expect(letters.map(({ recordId }) => recordId)).toEqual(['a', 'b', 'c'])
    expect(await titles(device)).toEqual(['a old'])
    expect(await until(device.client.queue$, () => true)).toMatchObject({ pending: 0, deadLetters: 3 })
  })

  test('a stranger of it is applied', async () => {
    const { device } = await openRefusing()
    await device.client.transaction(async ({ collections: { tasks } }) => {
      await tasks.create({ id: 'b', title: 'forbidden' })
      await tasks.create({ id: 'c', title: 'new' })
    })
    await device.client.collections.tasks.create({ id: 'd', title: 'stranger' })
    await settle(device)
    expect(await titles(device)).toEqual(['d stranger'])
  })
})

describe('[CL80] retry', () => {
  test('makes it again under a new id, on the record as it is now', async () => {
    const refusing = await openRefusing()
    const { device, other } = refusing
    const { tasks } = device.client.collections
    await tasks.create({ id: 'a', title: 'old' })
    const { operationId } = await tasks.update('a', { title: 'forbidden' })
    await settle(device)
    await settle(other)
    await other.client.collections.tasks.update('a', { title: 'theirs', votes: 2 })
    await settle(other)
    await settle(device)
    refusing.forbid = undefined
    const receipt = await device.client.deadLetters.retry(operationId)
    expect(receipt.operationId).not.toBe(operationId)
    expect(await device.client.deadLetters.list()).toEqual([])
    expect(await until(device.client.queue$, () => true)).toMatchObject({ pending: 1, deadLetters: 0 })
    expect(await device.client.operations.get(operationId)).toMatchObject({
      status: 'SUPERSEDED',
      fate: { kind: 'superseded', by: receipt.operationId },
    })
    expect(await device.client.operations.get(receipt.operationId)).toMatchObject({ baseVersion: 2 })
    await settle(device)
    expect(await tasks.get('a')).toMatchObject({ title: 'forbidden', votes: 2 })
  })

  test('is sent by a device that stands still', async () => {
    const refusing = await openRefusing()
    const { device } = refusing
    const { operationId } = await device.client.collections.tasks.create({ id: 'a', title: 'forbidden' })
    device.client.start()
    await until(device.client.queue$, ({ deadLetters }) => deadLetters === 1)
    await untilStatus(device.client, 'synced')
    refusing.forbid = undefined
    const receipt = await device.client.deadLetters.retry(operationId)
    expect(await device.client.operations.settled(receipt.operationId)).toMatchObject({ status: 'COMPLETED' })
  })

  test.each([0, 1, 2])('of any one of a transaction makes all of it again, together', async (index) => {
    const refusing = await openDeadTransaction()
    const { device, letters } = refusing
    refusing.forbid = undefined
    const receipt = await device.client.deadLetters.retry(letters[index]?.id ?? '')
    expect(receipt.recordId).toBe(['a', 'b', 'c'][index])
    const made = (await device.client.operations.list()).filter(({ status }) => status === 'PENDING')
    expect(made.map(({ recordId }) => recordId)).toEqual(['a', 'b', 'c'])
    expect(new Set(made.map(({ transaction }) => transaction?.id)).size).toBe(1)
    expect(made[0]?.transaction).not.toEqual(letters[0]?.transaction)
    expect(await titles(device)).toEqual(['a new', 'b forbidden', 'c new'])
    await settle(device)
    expect(await titles(device)).toEqual(['a new', 'b forbidden', 'c new'])
    expect(await fatesOf(device)).toEqual([
      'COMPLETED',
      ...letters.map(() => 'SUPERSEDED'),
      ...letters.map(() => 'COMPLETED'),
    ])
  })

  test('of a rejected create makes again, in the order made, what was rejected because of it', async () => {
    const refusing = await openRefusing()
    const { device } = refusing
    const { tasks, parts } = device.client.collections
    const root = await tasks.create({ id: 'a', title: 'forbidden' })
    await tasks.update('a', { votes: 1 })
    await parts.create({ id: 'p', title: 'part', task: 'a' })
    await device.client.transaction(async ({ collections }) => {
      await collections.parts.update('p', { title: 'part of it' })
      await collections.tasks.create({ id: 'z', title: 'with it' })
    })
    await tasks.create({ id: 'b', title: 'stranger' })
    await settle(device)
    expect(await lettersOf(device)).toEqual([
      'create tasks a: FORBIDDEN_OR_MISSING',
      'update tasks a: DEPENDENCY',
      'create parts p: DEPENDENCY',
      'update parts p: DEPENDENCY',
      'create tasks z: aborted',
    ])
    const causes = (await device.client.deadLetters.list()).map(({ fate }) =>
      fate.kind === 'rejected' || fate.kind === 'aborted' ? fate.cause : '',
    )
    expect(causes.slice(1, 3)).toEqual([root.operationId, root.operationId])
    refusing.forbid = undefined
    await device.client.deadLetters.retry(root.operationId)
    expect(await device.client.deadLetters.list()).toEqual([])
    await settle(device)
    expect(await lettersOf(device)).toEqual([])
    expect(await titles(device)).toEqual(['a forbidden', 'b stranger', 'z with it'])
    expect(await tasks.get('a')).toMatchObject({ votes: 1 })
    expect(await parts.get('p')).toMatchObject({ title: 'part of it' })
  })

  test('that can not be made again changes nothing, and says why', async () => {
    const refusing = await openRefusing()
    const { device } = refusing
    const { client } = device
    const root = await client.collections.tasks.create({ id: 'a', title: 'forbidden' })
    const update = await client.collections.tasks.update('a', { votes: 1 })
    await settle(device)
    const before = await client.deadLetters.list()
    // What it builds on is not there.
    await failure(client.deadLetters.retry(update.operationId), 'NOT_FOUND')
    await failure(client.deadLetters.retry('unheard-of'), 'NOT_FOUND')
    await client.collections.tasks.create({ id: 'a', title: 'anew' })
    await failure(client.deadLetters.retry(root.operationId), 'INVALID')
    expect(await client.deadLetters.list()).toEqual(before)
    expect(await until(client.queue$, () => true)).toMatchObject({ pending: 1, deadLetters: 2 })
  })

  test('on a full queue is refused', async () => {
    const { device } = await openRefusing({ limits: { maxOps: 1 } })
    const { operationId } = await device.client.collections.tasks.create({ id: 'a', title: 'forbidden' })
    await settle(device)
    await device.client.collections.tasks.create({ id: 'b', title: 'fills it' })
    await failure(device.client.deadLetters.retry(operationId), 'QUEUE_FULL')
    expect(await device.client.deadLetters.list()).toHaveLength(1)
  })

  test('twice is once', async () => {
    const { device } = await openRefusing()
    const { operationId } = await device.client.collections.tasks.create({ id: 'a', title: 'forbidden' })
    await settle(device)
    const outcomes = await Promise.allSettled([
      device.client.deadLetters.retry(operationId),
      device.client.deadLetters.retry(operationId),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })
})

describe('[CL81] retry with something else', () => {
  test('an edited record, patch or input takes the place of what was given', async () => {
    const { device } = await openRefusing()
    const { client } = device
    const created = await client.collections.tasks.create({ id: 'a', title: 'forbidden', votes: 1 })
    await settle(device)
    await client.deadLetters.retry(created.operationId, { title: 'allowed' })
    await settle(device)
    expect(await client.collections.tasks.get('a')).toMatchObject({ id: 'a', title: 'allowed', votes: 0 })

    const updated = await client.collections.tasks.update('a', { title: 'forbidden', text: 'x' })
    await settle(device)
    await client.deadLetters.retry(updated.operationId, { title: 'better' })
    await settle(device)
    expect(await client.collections.tasks.get('a')).toMatchObject({ title: 'better', text: '' })

    const renamed = await client.collections.tasks.run.rename('a', { title: 'forbidden' })
    await settle(device)
    await client.deadLetters.retry(renamed.operationId, { title: 'best' })
    await settle(device)
    expect(await client.collections.tasks.get('a')).toMatchObject({ title: 'best' })
    expect(await lettersOf(device)).toEqual([])
  })

  test('one of a transaction is edited, the others come as they were', async () => {
    const { device, letters } = await openDeadTransaction()
    await device.client.deadLetters.retry(letters[1]?.id ?? '', { title: 'allowed' })
    await settle(device)
    expect(await titles(device)).toEqual(['a new', 'b allowed', 'c new'])
  })

  test('passes the hooks of a write, like any other', async () => {
    const plugin = definePlugin({
      name: 'shout',
      hooks: {
        beforeEnqueue: (draft) => {
          const payload = draft.payload as { readonly title: string }
          return { ...draft, payload: { ...payload, title: payload.title.toUpperCase() } }
        },
      },
    })
    const refusing = await openRefusing({ plugins: [plugin] })
    refusing.forbid = 'FORBIDDEN'
    const { device } = refusing
    const { operationId } = await device.client.collections.tasks.create({ id: 'a', title: 'forbidden' })
    await settle(device)
    await device.client.deadLetters.retry(operationId, { title: 'allowed' })
    expect(await titles(device)).toEqual(['a ALLOWED'])
  })

  test('that does not fit is refused', async () => {
    const { device, letters } = await openDeadTransaction()
    const { retry } = device.client.deadLetters
    const id = letters[1]?.id ?? ''
    await failure(retry(id, { title: '' }), 'INVALID')
    await failure(retry(id, 'text'), 'INVALID')
    await failure(retry(letters[0]?.id ?? '', { nope: 1 }), 'INVALID')
    expect(await device.client.deadLetters.list()).toEqual(letters)
  })
})

describe('[CL82] discard', () => {
  test('lets go of all of a transaction; their fate can still be looked up', async () => {
    const { device, letters } = await openDeadTransaction()
    await device.client.deadLetters.discard(letters[2]?.id ?? '')
    expect(await device.client.deadLetters.list()).toEqual([])
    expect(await until(device.client.queue$, () => true)).toMatchObject({ deadLetters: 0 })
    for (const { id, fate } of letters)
      expect(await device.client.operations.get(id)).toMatchObject({
        status: 'REJECTED',
        fate: { ...fate, discarded: true },
      })
    await failure(device.client.deadLetters.discard(letters[0]?.id ?? ''), 'NOT_FOUND')
    await failure(device.client.deadLetters.retry(letters[0]?.id ?? ''), 'NOT_FOUND')
  })

  test('leaves what was rejected because of it', async () => {
    const { device } = await openRefusing()
    const { client } = device
    const root = await client.collections.tasks.create({ id: 'a', title: 'forbidden' })
    await client.collections.tasks.update('a', { votes: 1 })
    await settle(device)
    await client.deadLetters.discard(root.operationId)
    expect(await lettersOf(device)).toEqual(['update tasks a: DEPENDENCY'])
    await failure(client.deadLetters.discard('unheard-of'), 'NOT_FOUND')
  })

  test('and retry are refused for what is no dead letter', async () => {
    const { device } = await openRefusing()
    const { operationId } = await device.client.collections.tasks.create({ id: 'a', title: 'fine' })
    await failure(device.client.deadLetters.discard(operationId), 'NOT_FOUND')
    await failure(device.client.deadLetters.retry(operationId), 'NOT_FOUND')
    await settle(device)
    await failure(device.client.deadLetters.discard(operationId), 'NOT_FOUND')
  })
})

test('[CL83] the export says what was meant, when, and why it ended, in readable JSON', async () => {
  const { device, letters } = await openDeadTransaction()
  const told = JSON.parse(await device.client.deadLetters.export()) as {
    readonly kind: string
    readonly letters: readonly { readonly payload: unknown; readonly id: string; readonly fate: unknown }[]
  }
  expect(told.kind).toBe('holdfast dead letters')
  expect(told.letters.map(({ id }) => id)).toEqual(letters.map(({ id }) => id))
  expect(told.letters.map(({ payload }) => payload)).toMatchObject([
    { title: 'new' },
    { id: 'b', title: 'forbidden' },
    { id: 'c', title: 'new' },
  ])
  expect(told.letters[1]?.fate).toMatchObject({ code: 'FORBIDDEN_OR_MISSING' })
})

test('[CL80] another tab sees what became of them', async () => {
  const storage = memoryStorage()
  const refusing = await openRefusing({ storage })
  await using tab = await openClient({ storage, transport: refusing.device.transport })
  const counts: number[] = []
  tab.client.deadLetters.list$().subscribe((letters) => counts.push(letters.length))
  const { operationId } = await refusing.device.client.collections.tasks.create({ title: 'forbidden' })
  await settle(refusing.device)
  await until(tab.client.deadLetters.list$(), (letters) => letters.length === 1)
  await refusing.device.client.deadLetters.discard(operationId)
  await until(tab.client.deadLetters.list$(), (letters) => letters.length === 0)
  expect(counts).toEqual([0, 1, 0])
})

test('[CL91] the history of a record tells all that this device did to it, in the order made', async () => {
  const { device, letters } = await openDeadTransaction()
  const { client } = device
  await client.collections.tasks.update('a', { votes: 1 })
  await client.deadLetters.retry(letters[1]?.id ?? '', { title: 'allowed' })
  const history = await client.operations.history('tasks', 'a')
  expect(history.map(({ type, status }) => `${type} ${status}`)).toEqual([
    'create COMPLETED',
    'update SUPERSEDED',
    'update PENDING',
    'update PENDING',
  ])
  expect(await client.operations.history('tasks', 'never')).toEqual([])
})
