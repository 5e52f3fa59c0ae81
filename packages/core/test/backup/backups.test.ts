import { SyncError } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { fateOf, openWorld, prune, shown, syncWell } from '../recovery/world.ts'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { failing, scope } from '../support/transports.ts'

const tryToSync = async (device: TestClient): Promise<void> => {
  device.client.start()
  await device.client.syncNow()
  device.client.pause()
}

/** A device that comes back too late, with one of each kind that is not applied. */
const away = async (world: ReturnType<typeof openWorld>) => {
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  for (const id of ['a', 'b', 'c', 'asked']) await other.client.collections.tasks.create({ id, title: id })
  await syncWell(other)
  const device = await world.open()
  await syncWell(device)
  const { tasks } = device.client.collections
  await other.client.collections.tasks.update('asked', { title: 'theirs' })
  await syncWell(other)
  const asked = await tasks.update('asked', { title: 'mine' })
  const refused = await tasks.update('b', { title: 'x'.repeat(300) })
  await syncWell(device)
  const lost = new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})
  device.transport.once('push', failing(lost))
  const sent = await tasks.update('a', { title: 'sent' })
  await tryToSync(device)
  const pending = await tasks.create({ id: 'new', title: 'new' })
  const both = await device.client.transaction(async ({ collections }) => {
    const one = await collections.tasks.update('c', { title: 'both' })
    const two = await collections.tasks.create({ id: 'second', title: 'both' })
    return [one, two]
  })
  await other.client.collections.tasks.create({ id: 'late', title: 'late' })
  await syncWell(other)
  await prune(world.state, 31)
  return { device, other, asked, refused, sent, pending, both }
}

const codesOf = async ({ client }: TestClient): Promise<readonly string[]> =>
  (await client.deadLetters.list())
    .map(({ fate }) => (fate.kind === 'rejected' ? fate.code : fate.kind))
    .toSorted()

const refusing = {
  authorize: ({ after }: { readonly after: Readonly<Record<string, unknown>> | undefined }) =>
    JSON.stringify(after ?? null).length < 300,
} as never

test('[BK1] [BK2] before anything is changed, all that is not applied is copied, with what was shown of it', async () => {
  await using world = openWorld(refusing)
  const { device, asked, refused, sent, pending, both } = await away(world)
  expect(await device.client.backups.list()).toEqual([])
  await syncWell(device)
  const [backup, ...more] = await device.client.backups.list()
  expect(more).toEqual([])
  expect(backup).toMatchObject({ scope, reason: 'offline_too_long', size: 6 })
  const whole: unknown = JSON.parse(await device.client.backups.export(backup?.id ?? ''))
  const ids = [asked, refused, sent, pending, ...both].map(({ operationId }) => operationId)
  expect(whole).toMatchObject({
    kind: 'holdfast backup',
    scope,
    operations: ids.map((id) => ({ id })),
    conflicts: [{ collection: 'tasks', recordId: 'asked', fields: ['title'], updatedBy: 'u-2' }],
  })
  const { records } = whole as { records: readonly { recordId: string; shown: string }[] }
  const titles = records.map(({ recordId, shown: text }) => [
    recordId,
    (JSON.parse(text) as { title: string }).title,
  ])
  expect(Object.fromEntries(titles)).toMatchObject({
    a: 'sent',
    asked: 'mine',
    c: 'both',
    new: 'new',
    second: 'both',
  })
})

test('[BK3] where there is nothing to keep there is no backup, and each recovery has its own', async () => {
  await using world = openWorld()
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  await other.client.collections.tasks.create({ id: 'a', title: 'a' })
  await syncWell(other)
  const device = await world.open()
  await syncWell(device)
  for (const round of [1, 2, 3]) {
    await other.client.collections.tasks.update('a', { title: `${round}` })
    await syncWell(other)
    await prune(world.state, 31)
    if (round > 1) await device.client.collections.tasks.update('a', { done: round === 2 })
    await syncWell(device)
    expect(await device.client.backups.list()).toHaveLength(round - 1)
  }
  const [first, second] = await device.client.backups.list()
  await device.client.backups.remove(first?.id ?? '')
  expect(await device.client.backups.list()).toEqual([second])
  for (const gone of [first?.id ?? '', 'nowhere']) {
    await expect(device.client.backups.remove(gone)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(device.client.backups.export(gone)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(device.client.backups.restore(gone)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  }
})

test('[BK4] restored into an empty store, on a server that lost all of it, everything is made again', async () => {
  await using world = openWorld(refusing)
  const { device } = await away(world)
  const server = world.backUp()
  await syncWell(device)
  const [backup] = await device.client.backups.list()
  const text = await device.client.backups.export(backup?.id ?? '')
  await device.client.close()
  world.restore(server)

  const empty = await world.open({ storage: memoryStorage() })
  await expect(
    (await world.open({ storage: memoryStorage(), scopes: ['team-2'] })).client.backups.restore(text),
  ).rejects.toMatchObject({ code: 'SCOPE_NOT_JOINED' })
  await syncWell(empty)
  expect(await empty.client.backups.restore(text)).toEqual({ queued: 5, deadLetters: 1, known: 0 })
  expect(await empty.client.backups.restore(text)).toEqual({ queued: 0, deadLetters: 0, known: 6 })
  await syncWell(empty)
  expect(await shown(empty)).toEqual({
    a: 'sent',
    asked: 'mine',
    b: 'b',
    c: 'both',
    late: 'late',
    new: 'new',
    second: 'both',
  })
  expect(world.serverRecords()).toEqual(await shown(empty))
  expect(await empty.client.deadLetters.list()).toMatchObject([{ fate: { code: 'FORBIDDEN_OR_MISSING' } }])
})

test('[BK5] restored where it got through meanwhile, here or elsewhere, nothing is applied twice', async () => {
  await using world = openWorld(refusing)
  const { device, sent, pending, asked } = await away(world)
  await syncWell(device)
  const [backup] = await device.client.backups.list()
  const { id = '' } = backup ?? {}
  expect(await device.client.backups.restore(id)).toEqual({ queued: 0, deadLetters: 0, known: 6 })
  const before = world.serverRecords()
  const elsewhere = await world.open({ storage: memoryStorage() })
  await syncWell(elsewhere)
  const told = await elsewhere.client.backups.restore(await device.client.backups.export(id))
  // A creation of a record that is there can't be made; the answer to a conflict is another operation.
  expect(told).toEqual({ queued: 2, deadLetters: 4, known: 0 })
  await sync(elsewhere)
  const after = world.serverRecords()
  expect({ ...after, asked: undefined }).toEqual({ ...before, asked: undefined })
  expect(await fateOf(elsewhere, sent.operationId)).toBe('applied')
  expect(await fateOf(elsewhere, pending.operationId)).toBe('rejected')
  expect(await fateOf(elsewhere, `${asked.operationId}-r`)).toBe('applied')
})

test('[BK9] what was applied and forgotten is not applied again by a backup, here or in an empty store', async () => {
  await using world = openWorld()
  const device = await world.open()
  await device.client.collections.tasks.create({ id: 'a', title: 'a' })
  await syncWell(device)
  const lost = new SyncError('NETWORK_UNREACHABLE', 'The answer was lost.', {})
  device.transport.once('push', (real) => async (input, options) => {
    await real(input, options)
    throw lost
  })
  const sent = await device.client.collections.tasks.update('a', { title: 'sent' })
  await tryToSync(device)
  expect(world.serverRecords()).toEqual({ a: 'sent' })
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  await syncWell(other)
  await other.client.collections.tasks.update('a', { title: 'later' })
  await syncWell(other)
  await prune(world.state, 31)
  await syncWell(device)
  expect(await codesOf(device)).toEqual(['OUTCOME_UNKNOWN'])

  const [backup] = await device.client.backups.list()
  const { id = '' } = backup ?? {}
  expect(await device.client.backups.restore(id)).toEqual({ queued: 0, deadLetters: 0, known: 1 })
  const elsewhere = await world.open({ storage: memoryStorage() })
  await syncWell(elsewhere)
  const told = await elsewhere.client.backups.restore(await device.client.backups.export(id))
  expect(told).toEqual({ queued: 0, deadLetters: 1, known: 0 })
  for (const one of [device, elsewhere]) {
    await syncWell(one)
    expect(await codesOf(one)).toEqual(['OUTCOME_UNKNOWN'])
    expect(await fateOf(one, sent.operationId)).toBe('rejected')
  }
  expect(world.serverRecords()).toEqual({ a: 'later' })
})

test('[BK5] what could not be made again, and may have been applied, is made by another restore under its id', async () => {
  await using world = openWorld(refusing)
  const { device, pending } = await away(world)
  await syncWell(device)
  const [backup] = await device.client.backups.list()
  const kept = await device.client.backups.export(backup?.id ?? '')
  const elsewhere = await world.open({ storage: memoryStorage() })
  await syncWell(elsewhere)
  // The creation of `new` got through: it can't be made on what is there.
  expect(await elsewhere.client.backups.restore(kept)).toMatchObject({ queued: 2, deadLetters: 4 })
  await syncWell(elsewhere)
  await elsewhere.client.collections.tasks.delete('new')
  await syncWell(elsewhere)
  expect(await elsewhere.client.backups.restore(kept)).toEqual({ queued: 1, deadLetters: 0, known: 5 })
  await syncWell(elsewhere)
  expect(world.serverRecords()).not.toHaveProperty('new')
  expect(await fateOf(elsewhere, pending.operationId)).toBe('applied')
})

test('[BK9] what another store made first, on something else, is left alone by its own device', async () => {
  await using world = openWorld(refusing)
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  await other.client.collections.tasks.create({ id: 'a', title: 'a' })
  await syncWell(other)
  const device = await world.open()
  await syncWell(device)
  await device.client.collections.tasks.update('a', { title: 'x'.repeat(300) })
  await other.client.collections.tasks.update('a', { done: true })
  await syncWell(other)
  await prune(world.state, 31)
  // The first one is refused; the next one, after the reset, does not arrive.
  device.transport.once('push', (real) => real)
  device.transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})))
  await tryToSync(device)
  const [backup] = await device.client.backups.list()
  const { id = '' } = backup ?? {}
  const elsewhere = await world.open({ storage: memoryStorage() })
  await syncWell(elsewhere)
  await elsewhere.client.backups.restore(await device.client.backups.export(id))
  await syncWell(elsewhere)
  expect(await codesOf(elsewhere)).toEqual(['FORBIDDEN_OR_MISSING'])
  await syncWell(device)
  expect(await codesOf(device)).toEqual(['PAYLOAD_MISMATCH'])
  expect(await device.client.backups.restore(id)).toEqual({ queued: 0, deadLetters: 0, known: 1 })
})

test('[BK5] of a transaction that got through as another one elsewhere, nothing waits for an answer that nobody is asked for', async () => {
  await using world = openWorld()
  const other = await world.open({ storage: memoryStorage(), user: 'u-2' })
  for (const id of ['asked', 'b']) await other.client.collections.tasks.create({ id, title: id })
  await syncWell(other)
  const device = await world.open()
  await syncWell(device)
  const [, second] = await device.client.transaction(async ({ collections }) => [
    await collections.tasks.update('asked', { title: 'mine' }),
    await collections.tasks.update('b', { title: 'mine' }),
  ])
  await other.client.collections.tasks.update('asked', { title: 'theirs' })
  await syncWell(other)
  await prune(world.state, 31)
  await syncWell(device)
  expect(await device.client.conflicts.list()).toHaveLength(1)
  const [backup] = await device.client.backups.list()
  const elsewhere = await world.open({ storage: memoryStorage() })
  await syncWell(elsewhere)
  await elsewhere.client.backups.restore(await device.client.backups.export(backup?.id ?? ''))
  await syncWell(elsewhere)
  expect(await elsewhere.client.conflicts.list()).toEqual([])
  expect(await codesOf(elsewhere)).toEqual(['PAYLOAD_MISMATCH', 'aborted'])
  expect(await shown(elsewhere)).toEqual({ asked: 'theirs', b: 'b' })
  await elsewhere.client.deadLetters.retry(second?.operationId ?? '')
  await syncWell(elsewhere)
  expect(await shown(elsewhere)).toEqual({ asked: 'mine', b: 'mine' })
})

test('[BK6] what can not be made again is a dead letter with a reason, a transaction whole', async () => {
  await using world = openWorld(refusing)
  const { device, both } = await away(world)
  await syncWell(device)
  const [backup] = await device.client.backups.list()
  const text = await device.client.backups.export(backup?.id ?? '')
  // Another server, which has none of the records.
  const bare = await openClient()
  await using _ = bare
  await syncWell(bare)
  expect(await bare.client.backups.restore(text)).toEqual({ queued: 1, deadLetters: 5, known: 0 })
  await syncWell(bare)
  expect(await shown(bare)).toEqual({ new: 'new' })
  const letters = await bare.client.deadLetters.list()
  expect(letters.map(({ fate }) => (fate.kind === 'rejected' ? fate.code : fate.kind)).toSorted()).toEqual([
    'FORBIDDEN_OR_MISSING',
    'NOT_FOUND',
    'NOT_FOUND',
    'NOT_FOUND',
    'NOT_FOUND',
  ])
  for (const { operationId } of both) expect(await fateOf(bare, operationId)).toBe('rejected')
  // And they can be retried.
  await bare.client.collections.tasks.create({ id: 'c', title: 'c' })
  await bare.client.deadLetters.retry(both[0]?.operationId ?? '')
  expect(await shown(bare)).toMatchObject({ c: 'both', second: 'both' })
})

test('[BK6] a transaction that can not be made again is let go of as one', async () => {
  await using world = openWorld(refusing)
  const { device, both } = await away(world)
  await syncWell(device)
  const [backup] = await device.client.backups.list()
  const bare = await openClient()
  await using _ = bare
  await syncWell(bare)
  await bare.client.backups.restore(await device.client.backups.export(backup?.id ?? ''))
  const before = await codesOf(bare)
  await bare.client.deadLetters.discard(both[1]?.operationId ?? '')
  expect(await codesOf(bare)).toHaveLength(before.length - both.length)
})

test('[BK7] what is no backup is refused, and changes nothing', async () => {
  await using device = await openClient()
  for (const text of ['{', '{}', '{"kind":"holdfast backup","scope":"team-1","operations":[{"id":"x"}]}'])
    await expect(device.client.backups.restore(text)).rejects.toMatchObject({ code: 'INVALID' })
  expect(await device.client.operations.list()).toEqual([])
})

test('[BK8] a full queue ends a restore, which goes on once there is room', async () => {
  await using world = openWorld(refusing)
  const { device } = await away(world)
  const server = world.backUp()
  await syncWell(device)
  const [backup] = await device.client.backups.list()
  const text = await device.client.backups.export(backup?.id ?? '')
  await device.client.close()
  world.restore(server)
  const small = await world.open({ storage: memoryStorage(), limits: { maxOps: 2 } })
  await syncWell(small)
  const codes: string[] = []
  for (let isFull = true; isFull;) {
    const code = await small.client.backups.restore(text).then(
      () => 'done',
      (error: unknown) => (error as SyncError).code,
    )
    codes.push(code)
    isFull = code !== 'done'
    await syncWell(small)
  }
  expect(codes).toEqual(['QUEUE_FULL', 'QUEUE_FULL', 'done'])
  expect(await shown(small)).toMatchObject({
    a: 'sent',
    asked: 'mine',
    c: 'both',
    new: 'new',
    second: 'both',
  })
})
