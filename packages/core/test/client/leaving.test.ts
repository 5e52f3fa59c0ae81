import { expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { countedStorage } from '../support/counted-storage.ts'
import { failure } from '../support/failure.ts'
import { openTeams, teamServer, type TeamClient } from '../support/teams.ts'
import { held } from '../support/transports.ts'
import { until, untilStatus } from '../support/until.ts'
import type { PushAnswer, PushInput } from '../../src/protocol/push.ts'
import type { RequestOptions } from '../../src/transport/contract.ts'

type Client = TeamClient['client']

const keysIn = async (storage: ReturnType<typeof memoryStorage>): Promise<readonly string[]> => {
  const database = await storage.open('u-1')
  const [entries] = await database.read([{ scan: '' }])
  await database.close()
  return entries.map(({ key }) => key)
}

const createIn = (client: Client, team: string, count: number): Promise<unknown> =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      client.collections.tasks.create({ id: `${team}-${index}`, title: 'x', team }),
    ),
  )

/** A device whose server heard an operation, or not, and whose answer was lost. */
const sentAndUnanswered = async (device: TeamClient, place: 'request' | 'answer'): Promise<void> => {
  const push = held<PushInput, RequestOptions, PushAnswer>(place)
  device.transport.once('push', push.twist)
  device.client.start()
  await push.arrived
  device.client.pause()
}

test('[SC08] a scope with something unfinished is not left, and the error counts it', async () => {
  const server = teamServer({ authorize: ({ after }) => after?.['title'] !== 'forbidden' })
  await using mine = await openTeams({ transport: server('u-1') })
  await using theirs = await openTeams({ user: 'u-2', transport: server('u-2') })
  const { tasks } = mine.client.collections
  await tasks.create({ id: 'b', title: 'old', team: 'team-2' })
  await mine.sync()
  await theirs.sync()
  await theirs.client.collections.tasks.update('b', { title: 'theirs' })
  await theirs.sync()
  await tasks.update('b', { title: 'mine' })
  await tasks.create({ title: 'forbidden', team: 'team-2' })
  await mine.sync()
  await createIn(mine.client, 'team-2', 2)
  const error = await failure(mine.client.scopes.leave('team-2'), 'SCOPE_IN_USE')
  expect(error.details).toEqual({ scope: 'team-2', undecided: 2, conflicts: 1, deadLetters: 1 })
  expect(error.message).toContain('discard: true')
  expect(mine.client.scopes.list()).toEqual(['team-1', 'team-2'])
  await mine.client.scopes.leave('team-2', { discard: true })
  expect(await mine.client.operations.list()).toEqual([])
  expect(await mine.client.conflicts.list()).toEqual([])
  expect(await until(mine.client.queue$, () => true)).toMatchObject({ pending: 0, conflicts: 0 })
})

test('[SC09] nothing of a scope that was left stays but its numbers; the others keep all', async () => {
  const storage = memoryStorage()
  await using device = await openTeams({ storage })
  await createIn(device.client, 'team-1', 2)
  await createIn(device.client, 'team-2', 2)
  await device.sync()
  const before = await keysIn(storage)
  await device.client.scopes.leave('team-2')
  const ofOthers = before.filter((key) => !key.includes('team-2') && !key.startsWith('id/'))
  const after = await keysIn(storage)
  expect(after.filter((key) => !key.startsWith('id/'))).toEqual(
    [...ofOthers, 'log/team-2', 'staging/team-2'].toSorted(),
  )
  expect(after.filter((key) => key.startsWith('id/'))).toHaveLength(2)
})

test('[SC09] rows go in bounded commits, and a start goes on where a crash ended it', async () => {
  const storage = countedStorage()
  await using device = await openTeams({ storage, limits: { maxOps: 5_000 } })
  await createIn(device.client, 'team-2', 700)
  const from = storage.commits.length
  storage.refuse = () => {
    if (storage.commits.length >= from + 2)
      throw new SyncError('STORAGE_FAILED', 'The process ends here.', {})
  }
  await failure(device.client.scopes.leave('team-2', { discard: true }), 'STORAGE_FAILED')
  storage.refuse = () => undefined
  expect((await keysIn(storage)).filter((key) => key.startsWith('op/team-2/')).length).toBeGreaterThan(0)
  expect(await device.client.collections.tasks.find()).toEqual([])
  await using again = await device.restart({ scopes: ['team-1'] })
  expect(again.client.scopes.list()).toEqual(['team-1'])
  for (let keys = await keysIn(storage); keys.length > 4; keys = await keysIn(storage));
  const removals = storage.commits.slice(from).map(({ writes }) => writes.length)
  expect(Math.max(...removals)).toBeLessThanOrEqual(1_001)
  expect(await keysIn(storage)).toEqual(['log/team-2', 'meta', 'scopes', 'staging/team-2'])
})

test('[SC09] a join in the middle of leaving waits until all is gone', async () => {
  await using device = await openTeams({ storage: memoryStorage() })
  const { client } = device
  await createIn(client, 'team-2', 1_200)
  const left = client.scopes.leave('team-2', { discard: true })
  const joined = client.scopes.join('team-2')
  await Promise.all([left, joined])
  expect(client.scopes.list()).toEqual(['team-1', 'team-2'])
  expect(await client.collections.tasks.find()).toEqual([])
  await createIn(client, 'team-2', 1)
  expect(await device.sync()).toMatchObject({ status: 'synced' })
})

test('[SC09] a write that comes while its scope is left is refused, and leaves nothing', async () => {
  const storage = memoryStorage()
  await using device = await openTeams({ storage })
  const { client } = device
  const write = client.collections.tasks.create({ title: 'late', team: 'team-2' })
  const outcomes = await Promise.allSettled([client.scopes.leave('team-2'), write])
  const codes = outcomes.map((one) => (one.status === 'fulfilled' ? 'ok' : (one.reason as SyncError).code))
  expect([
    ['ok', 'SCOPE_NOT_JOINED'],
    ['SCOPE_IN_USE', 'ok'],
  ]).toContainEqual(codes)
  const isKept = codes[1] === 'ok'
  expect((await keysIn(storage)).some((key) => key.startsWith('op/team-2/'))).toBe(isKept)
})

test('[SC09] a promise of a fate that is discarded says so', async () => {
  await using device = await openTeams()
  const { operationId } = await device.client.collections.tasks.create({ title: 'x', team: 'team-2' })
  const settled = failure(device.client.operations.settled(operationId), 'NOT_FOUND')
  await device.client.scopes.leave('team-2', { discard: true })
  await settled
})

test.each(['request', 'answer'] as const)(
  '[SC10] [P03] [P08] a sent operation was discarded (lost on the way of its %s): later ones still go through',
  async (place) => {
    const server = teamServer()
    await using device = await openTeams({ transport: server('u-1') })
    await using other = await openTeams({ user: 'u-2', transport: server('u-2') })
    const { client } = device
    await createIn(client, 'team-2', 3)
    await device.sync()
    await client.collections.tasks.update('team-2-0', { title: 'discarded' })
    await sentAndUnanswered(device, place)
    await client.scopes.leave('team-2', { discard: true })
    await client.scopes.join('team-2')
    client.start()
    await untilStatus(client, 'synced')
    await client.collections.tasks.update('team-2-1', { title: 'later' })
    await untilStatus(client, 'synced')
    expect(await client.operations.list()).toMatchObject([
      { recordId: 'team-2-1', status: 'COMPLETED', clientSeq: 5 },
    ])
    await other.sync()
    const seen = await other.client.collections.tasks.find({ orderBy: { id: 'asc' } })
    const discarded = place === 'answer' ? 'discarded' : 'x'
    expect(seen.map(({ title }) => title)).toEqual([discarded, 'later', 'x'])
  },
)

test('[SC10] [P03] a discarded operation that arrives after all changes nothing', async () => {
  const server = teamServer()
  await using device = await openTeams({ transport: server('u-1') })
  const { client, transport } = device
  await createIn(client, 'team-2', 1)
  await device.sync()
  await client.collections.tasks.update('team-2-0', { title: 'late' })
  const push = held<PushInput, RequestOptions, PushAnswer>('request')
  let late: Promise<PushAnswer> | undefined
  transport.once('push', (real) => (input, options) => {
    late = push.twist(real)(input, { ...options, signal: new AbortController().signal })
    return late
  })
  client.start()
  await push.arrived
  client.pause()
  await client.scopes.leave('team-2', { discard: true })
  await client.scopes.join('team-2')
  expect(await device.sync()).toMatchObject({ status: 'synced' })
  push.release()
  expect((await late)?.results).toMatchObject([{ kind: 'rejected', code: 'PAYLOAD_MISMATCH' }])
  await device.sync()
  expect(await client.collections.tasks.get('team-2-0')).toMatchObject({ title: 'x' })
})

test('[SC10] [CL35] spending a number is overtaken by the start of another tab: that is no fork', async () => {
  const server = teamServer()
  const storage = memoryStorage()
  await using device = await openTeams({ storage, transport: server('u-1') })
  const { client, transport } = device
  await createIn(client, 'team-2', 1)
  await device.sync()
  await client.collections.tasks.update('team-2-0', { title: 'discarded' })
  await sentAndUnanswered(device, 'request')
  await client.scopes.leave('team-2', { discard: true })
  await client.scopes.join('team-2')
  transport.once('push', () => async ({ clientId }) => {
    await using other = await openTeams({ storage, transport: server('u-1') })
    other.client.pause()
    throw new SyncError('CLIENT_FORKED', 'Another copy of this client has gone on meanwhile.', { clientId })
  })
  client.start()
  const ended = await until(client.state$, ({ status }) => status === 'waiting' || status === 'blocked')
  expect(ended.status).toBe('waiting')
  expect(await client.syncNow()).toMatchObject({ status: 'synced' })
})

test('[SC11] a scope that is joined again is pulled from the beginning', async () => {
  await using device = await openTeams()
  const { client } = device
  await createIn(client, 'team-2', 3)
  await device.sync()
  await client.scopes.leave('team-2')
  await client.scopes.join('team-2')
  expect(client.ready).toBe(false)
  await device.sync()
  expect(client.ready).toBe(true)
  expect(await client.collections.tasks.find()).toHaveLength(3)
})

test('[SC10] the numbers of many that were discarded are spent in requests as small as the server takes', async () => {
  const server = teamServer({ limits: { batch: 20 } })
  await using device = await openTeams({ transport: server('u-1') })
  await createIn(device.client, 'team-2', 50)
  // Frozen as one batch; whatever was too large for the server was sent all the same.
  await sentAndUnanswered(device, 'request')
  expect(await device.client.operations.list({ status: 'SENT' })).toHaveLength(50)
  await device.client.scopes.leave('team-2', { discard: true })
  await device.client.scopes.join('team-2')
  await createIn(device.client, 'team-2', 1)
  expect(await device.sync()).toMatchObject({ status: 'synced' })
})
