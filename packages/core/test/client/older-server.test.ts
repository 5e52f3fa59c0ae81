import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import type { Transport } from '@holdfast/core'
import type { PreflightAnswer, PreflightInput } from '../../src/protocol/preflight.ts'
import type { PushAnswer, PushInput } from '../../src/protocol/push.ts'
import type { RequestOptions } from '../../src/transport/contract.ts'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { openPair, type PairOptions } from '../support/pair.ts'
import { held, localServer } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'

const asksOnce = { afterOperations: 1, onRisk: { HIGH: 'attention' } } as const

/** A tab that looks ahead of long queues only, as after a restart. */
const later = { ...asksOnce, afterOperations: 100 } as const

/** As a server of an older major version of the app answers. */
const older = (answer: PreflightAnswer): PreflightAnswer => ({
  ...answer,
  conflictRisk: 'HIGH',
  entities: answer.entities.map(({ collection, id }) => ({
    collection,
    id,
    risk: 'HIGH',
    fields: [],
    reason: 'server_older',
  })),
  action: 'UPGRADE_REQUIRED',
})

/** Two users whose server is an older one, until it is replaced. */
const start = async (options: PairOptions = {}) => {
  const server = localServer()
  let isOlder = true
  const pair = await openPair('asked', {
    preflight: asksOnce,
    ...options,
    server: (user) => {
      const real = server(user)
      const preflight: Transport['preflight'] = async (...asked) => {
        const changes = isOlder ? older : (answer: PreflightAnswer) => answer
        return changes(await real.preflight(...asked))
      }
      return { ...real, preflight }
    },
  })
  const replace = (by: 'newer' | 'older' = 'newer'): void => {
    isOlder = by === 'older'
  }
  return { ...pair, replace }
}

const statusOf = async ({ client }: TestClient, id: string): Promise<string | undefined> =>
  (await client.operations.get(id))?.status

const countOf = ({ transport }: TestClient, procedure: string): number =>
  transport.calls.filter((call) => call === procedure).length

test('[EN46] what nobody could foresee is not sent, and nobody is asked; each run asks the server again', async () => {
  await using pair = await start({ ids: ['r', 'other'] })
  const { mine, theirs } = pair
  await theirs.client.collections.asked.update('r', { title: 'theirs' })
  await sync(theirs)
  const { asked } = mine.client.collections
  const ids = [
    await asked.update('r', { title: 'mine' }),
    await asked.update('other', { title: 'mine' }),
    await asked.update('other', { done: true }),
  ].map(({ operationId }) => operationId)
  const pushes = countOf(mine, 'push')
  for (let run = 0; run < 2; run += 1)
    expect(await sync(mine)).toMatchObject({ status: 'waiting', error: { code: 'SERVER_OLDER' } })
  expect(countOf(mine, 'push')).toBe(pushes)
  for (const id of ids) expect(await statusOf(mine, id)).toBe('PENDING')
  expect(await asked.get('other')).toMatchObject({ title: 'mine', done: true })
  // What can be foreseen by now is sent, or asked about.
  pair.replace()
  expect(await sync(mine)).toMatchObject({ status: 'attention', total: 1, entities: [{ id: 'r' }] })
  expect(await Promise.all(ids.map((id) => statusOf(mine, id)))).toEqual([
    'PENDING',
    'COMPLETED',
    'COMPLETED',
  ])
})

test('[EN46] what is written meanwhile goes its way, and nothing is asked for it before what waits has its time', async () => {
  await using pair = await start({ ids: ['r', 'other'], preflight: later })
  const { mine } = pair
  mine.environment.advance(604_800_000)
  const { asked } = mine.client.collections
  const waits = await asked.update('r', { title: 'mine' })
  expect(await sync(mine)).toMatchObject({ status: 'waiting' })
  const before = countOf(mine, 'preflight')
  const goes = await asked.update('other', { title: 'mine' })
  const behind = await asked.update('r', { done: true })
  await untilStatus(mine.client, 'syncing')
  await untilStatus(mine.client, 'waiting')
  expect(countOf(mine, 'preflight')).toBe(before)
  expect(await statusOf(mine, goes.operationId)).toBe('COMPLETED')
  for (const { operationId } of [waits, behind]) expect(await statusOf(mine, operationId)).toBe('PENDING')
  pair.replace()
  mine.environment.advance(3_600_000)
  await untilStatus(mine.client, 'synced')
  for (const { operationId } of [waits, behind]) expect(await statusOf(mine, operationId)).toBe('COMPLETED')
})

test('[EN46] what was taken back meanwhile is waited for no longer', async () => {
  await using pair = await start()
  const { mine } = pair
  const { operationId } = await mine.client.collections.asked.update('r', { title: 'mine' })
  expect(await sync(mine)).toMatchObject({ status: 'waiting' })
  await mine.client.operations.cancel(operationId)
  expect(await sync(mine)).toMatchObject({ status: 'synced' })
})

test('[EN46] last: it waits for a server that foresees, too', async () => {
  await using pair = await start({ preflight: { afterOperations: 1, onRisk: { HIGH: 'last' } } })
  const { mine } = pair
  const { operationId } = await mine.client.collections.asked.update('r', { title: 'mine' })
  expect(await sync(mine)).toMatchObject({ status: 'waiting' })
  expect(await statusOf(mine, operationId)).toBe('PENDING')
  pair.replace()
  expect(await sync(mine)).toMatchObject({ status: 'synced' })
})

test('[EN46] what another tab was just sending goes on, and it leaves alone what waits', async () => {
  const storage = memoryStorage()
  await using pair = await start({ ids: ['r', 'other'], storage })
  const { mine } = pair
  await using tab = await openClient({ storage, user: 'me', transport: mine.transport, preflight: later })
  const { asked } = mine.client.collections
  const sending = await asked.update('other', { title: 'mine' })
  const sent = held<PushInput, RequestOptions, PushAnswer>('answer')
  mine.transport.once('push', sent.twist)
  tab.client.start()
  await sent.arrived
  const waits = await asked.update('r', { title: 'mine' })
  // Of this one there is nothing but what waits.
  mine.client.start()
  await untilStatus(mine.client, 'waiting')
  mine.client.pause()
  sent.release()
  expect(await tab.client.syncNow()).toMatchObject({ status: 'waiting' })
  expect(await statusOf(mine, sending.operationId)).toBe('COMPLETED')
  expect(await statusOf(mine, waits.operationId)).toBe('PENDING')
})

test('[EN42] what another tab finds at risk while this one tries again what is held back waits for the word', async () => {
  const storage = memoryStorage()
  const batch = { operations: 1 }
  await using pair = await start({ ids: ['r', 'other'], storage, batch })
  const { mine, theirs } = pair
  const { asked } = mine.client.collections
  const sending = await asked.update('other', { title: 'mine' })
  const risky = await asked.update('r', { title: 'mine' })
  expect(await sync(mine)).toMatchObject({ status: 'waiting' })
  mine.client.pause()
  pair.replace()
  await using tab = await openClient({
    storage,
    batch,
    user: 'me',
    transport: mine.transport,
    preflight: asksOnce,
  })
  const sent = held<PushInput, RequestOptions, PushAnswer>('answer')
  mine.transport.once('push', sent.twist)
  tab.client.start()
  await sent.arrived
  await theirs.client.collections.asked.update('r', { title: 'theirs' })
  await sync(theirs)
  await asked.create({ id: 'new', title: 'mine' })
  expect(await sync(mine)).toMatchObject({ status: 'attention', entities: [{ id: 'r' }] })
  sent.release()
  expect(await tab.client.syncNow()).toMatchObject({ status: 'attention', total: 1 })
  expect(await statusOf(mine, sending.operationId)).toBe('COMPLETED')
  expect(await statusOf(mine, risky.operationId)).toBe('PENDING')
})

test('[EN46] what another tab was told by a newer server is none about what came after its question', async () => {
  const storage = memoryStorage()
  await using pair = await start({ ids: ['r', 'other'], storage })
  const { mine } = pair
  await using tab = await openClient({ storage, user: 'me', transport: mine.transport, preflight: asksOnce })
  const { asked } = mine.client.collections
  const told = await asked.update('other', { title: 'mine' })
  pair.replace()
  const answered = held<PreflightInput, RequestOptions, PreflightAnswer>('answer')
  mine.transport.once('preflight', answered.twist)
  tab.client.start()
  await answered.arrived
  pair.replace('older')
  const untold = await asked.update('r', { title: 'mine' })
  mine.client.start()
  await untilStatus(mine.client, 'waiting')
  mine.client.pause()
  answered.release()
  expect(await tab.client.syncNow()).toMatchObject({ status: 'waiting' })
  expect(await statusOf(mine, untold.operationId)).toBe('PENDING')
  pair.replace()
  expect(await tab.client.syncNow()).toMatchObject({ status: 'synced' })
  for (const { operationId } of [told, untold]) expect(await statusOf(mine, operationId)).toBe('COMPLETED')
})
