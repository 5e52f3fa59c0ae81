import { expect, test } from 'vitest'
import { SyncError, systemEnvironment } from '@holdfast/core'
import { askedWait, defaultRetry, waitFor } from '../../src/engine/backoff.ts'
import { openClient, sync } from '../support/client.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { failing, localServer } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'
import { rest } from './rest.ts'

const serverTime = 1_750_000_000_000
const day = 86_400_000

test('a clock that was a year ahead before the first contact wins nothing afterwards', async () => {
  const environment = manualEnvironment(serverTime)
  const server = localServer({ environment })
  await using ahead = await openClient({
    user: 'u-1',
    transport: server('u-1'),
    environment: manualEnvironment(serverTime + 365 * day),
  })
  await using right = await openClient({
    user: 'u-2',
    transport: server('u-2'),
    environment: manualEnvironment(serverTime + 10_000),
  })
  const { latest } = ahead.client.collections
  await latest.create({ id: 'r', title: 'first' })
  await sync(ahead)
  await latest.update('r', { title: 'second' })
  await sync(ahead)
  const ahead$ = (await ahead.client.operations.list()).map(({ timestamp }) => timestamp - serverTime)
  expect(Math.max(...ahead$)).toBeLessThan(1_000)

  await sync(right)
  environment.advance(10_000)
  await right.client.collections.latest.update('r', { title: 'later' })
  await sync(right)
  await sync(ahead)
  expect(await latest.get('r')).toMatchObject({ title: 'later' })
})

test('[CL113] a device whose clock is a year off is told so, once', async () => {
  const told: number[] = []
  await using device = await openClient()
  const watching = device.client.events$.subscribe((event) => {
    if (event.type === 'clockCorrected') told.push(event.offset)
  })
  await device.client.collections.tasks.create({ title: 'one' })
  await sync(device)
  await device.client.collections.tasks.create({ title: 'two' })
  await sync(device)
  watching.unsubscribe()
  // The server here has this machine's clock, and the device one that a test moves.
  expect(told).toHaveLength(1)
  expect(Math.abs(told[0] ?? 0)).toBeGreaterThan(60_000)
})

test('a clock that jumps ahead for a moment marks nothing that is written after it came back', async () => {
  const environment = manualEnvironment(serverTime)
  const clock = { now: serverTime }
  await using device = await openClient({
    transport: localServer({ environment })('u-1'),
    environment: { ...environment, clock: { now: () => clock.now, monotonic: () => 0 } },
  })
  const { latest } = device.client.collections
  await sync(device)
  clock.now = serverTime + 365 * day
  await latest.create({ id: 'r', title: 'ahead' })
  clock.now = serverTime
  await sync(device)
  const { operationId } = await latest.update('r', { title: 'back' })
  const operation = await device.client.operations.get(operationId)
  // The server takes a timestamp for at most 60 seconds ahead.
  expect((operation?.timestamp ?? Infinity) - serverTime).toBeLessThanOrEqual(60_001)
})

const asking = (retryAfterMs: unknown): SyncError =>
  new SyncError('RATE_LIMITED', 'Come back later.', { retryAfterMs: retryAfterMs as number })

test('a server that asks to be left alone for thirty days is asked again after one, and not before', async () => {
  await using device = await openClient()
  const { client, transport, environment } = device
  transport.once('pull', failing(asking(30 * day)))
  client.start()
  await untilStatus(client, 'waiting')
  await rest()
  expect(transport.calls).toEqual(['pull'])
  expect(environment.waits()).toEqual([day + defaultRetry.base / 2])
  environment.advance(day - 1)
  await rest()
  expect(transport.calls).toEqual(['pull'])
  environment.advance(1_000)
  await untilStatus(client, 'synced')
})

test.each(['soon', Number.NaN, -1, null, {}, undefined])('a wait of %s was not asked for', (retryAfterMs) => {
  const error = asking(retryAfterMs)
  expect(askedWait(error)).toBeUndefined()
  expect(waitFor(defaultRetry, 1, { error, jitter: 0.5 })).toBe(500)
})

test.each([30 * day, Infinity])('a wait of %s is a day', (retryAfterMs) => {
  expect(askedWait(asking(retryAfterMs))).toBe(day)
  expect(askedWait(new SyncError('SERVER_FAILED', 'It failed.', { retryAfterMs }))).toBe(day)
})

test('a timer for longer than the machine can count does not fire at once', async () => {
  let fired = false
  const cancel = systemEnvironment.timers.after(30 * day, () => {
    fired = true
  })
  await new Promise<void>((resolve) => void setTimeout(resolve, 20))
  cancel()
  expect(fired).toBe(false)
})
