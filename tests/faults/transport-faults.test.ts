import { expect, test } from 'vitest'
import type { ErrorCode } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { expectSentence } from '../../packages/core/test/support/failure.ts'
import { listen } from '../harness/listen.ts'
import type { Fault } from '../harness/proxy.ts'
import { openWorld } from '../harness/world.ts'

const html = { 'content-type': 'text/html' }
const page = '<!doctype html><title>Please log in to the hotel’s network</title>'

interface Case {
  readonly name: string
  readonly fault: Fault
  readonly code: ErrorCode
  readonly status: 'waiting' | 'blocked'
  /** Of a push with a single operation, where that is another one. */
  readonly onPush?: 'waiting'
}

const reply = (status: number, body: string, headers: Readonly<Record<string, string>> = html): Fault => ({
  kind: 'reply',
  status,
  body,
  headers,
})

const cases: readonly Case[] = [
  {
    name: 'the connection is cut before the server',
    fault: { kind: 'cutBefore' },
    code: 'NETWORK_UNREACHABLE',
    status: 'waiting',
  },
  {
    name: 'the answer is cut off',
    fault: { kind: 'cutAfter' },
    code: 'NETWORK_UNREACHABLE',
    status: 'waiting',
  },
  { name: 'truncated JSON', fault: { kind: 'truncate' }, code: 'BAD_ANSWER', status: 'waiting' },
  { name: 'HTML with status 200', fault: reply(200, page), code: 'BAD_ANSWER', status: 'waiting' },
  {
    name: 'JSON of another service',
    fault: reply(200, '{"status":"ok"}'),
    code: 'BAD_ANSWER',
    status: 'waiting',
  },
  {
    name: 'a wrong content type',
    fault: reply(200, '<ok/>', { 'content-type': 'application/xml' }),
    code: 'BAD_ANSWER',
    status: 'waiting',
  },
  { name: 'nothing with status 204', fault: reply(204, ''), code: 'BAD_ANSWER', status: 'waiting' },
  { name: '400 of a proxy', fault: reply(400, 'Bad request'), code: 'BAD_ANSWER', status: 'waiting' },
  { name: '403 of a firewall', fault: reply(403, page), code: 'BAD_ANSWER', status: 'waiting' },
  { name: '404', fault: reply(404, page), code: 'BAD_ANSWER', status: 'waiting' },
  { name: '429', fault: reply(429, page), code: 'RATE_LIMITED', status: 'waiting' },
  { name: '500', fault: reply(500, page), code: 'SERVER_FAILED', status: 'waiting' },
  { name: '502', fault: reply(502, page), code: 'SERVER_FAILED', status: 'waiting' },
  { name: '503', fault: reply(503, ''), code: 'SERVER_FAILED', status: 'waiting' },
  { name: '401 of a gateway', fault: reply(401, page), code: 'AUTH_REQUIRED', status: 'blocked' },
  { name: '413', fault: reply(413, page), code: 'TOO_LARGE', status: 'blocked', onPush: 'waiting' },
  { name: '504', fault: reply(504, page), code: 'SERVER_FAILED', status: 'waiting' },
]

test.each(cases)(
  '[P05] $name in answer to a push: $code, and nothing ends, is lost or is done twice',
  async (one) => {
    await using world = await openWorld()
    const device = await world.device('anna')
    await device.sync()
    world.proxy.decide = ({ procedure }) => (procedure === 'push' ? one.fault : undefined)
    const { operationId, recordId } = await device.client.collections.tasks.create({ title: 'kept' })
    const state = await device.client.syncNow()
    if (state.status !== 'waiting' && state.status !== 'blocked') throw new Error(state.status)
    expect(state).toMatchObject({ status: one.onPush ?? one.status, error: { code: one.code } })
    expectSentence(state.error)
    expect(await device.client.operations.get(operationId)).toMatchObject({ status: 'SENT' })
    expect(await device.client.collections.tasks.get(recordId)).toMatchObject({ title: 'kept' })

    world.proxy.decide = () => undefined
    expect(await device.settle()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
    expect(await device.client.operations.get(operationId)).toMatchObject({
      status: 'COMPLETED',
      fate: { version: 1 },
    })
    expect(await world.server.prisma.holdfastOperation.count()).toBe(1)
  },
)

test.each(cases)('[P07] $name in answer to a pull: $code, and what is shown stays', async (one) => {
  await using world = await openWorld()
  const device = await world.device('anna')
  await device.client.collections.tasks.create({ id: 'r', title: 'shown' })
  await device.settle()
  world.proxy.decide = ({ procedure }) => (procedure === 'pull' ? one.fault : undefined)
  const again = await device.restart()
  const state = await again.sync()
  expect(state).toMatchObject({ status: one.status, error: { code: one.code } })
  expect(await again.client.collections.tasks.get('r')).toMatchObject({ title: 'shown' })
  world.proxy.decide = () => undefined
  expect(await again.settle()).toMatchObject({ status: 'synced' })
})

test('[P05] a server that is not there: NETWORK_UNREACHABLE, and the queue waits for it', async () => {
  await using world = await openWorld()
  const nobody = await listen(() => undefined)
  await nobody[Symbol.asyncDispose]()
  const device = await world.device('anna', { transport: trpcTransport({ url: `${nobody.url}/trpc` }) })
  const { operationId } = await device.client.collections.tasks.create({ title: 'kept' })
  expect(await device.sync()).toMatchObject({ status: 'waiting', error: { code: 'NETWORK_UNREACHABLE' } })
  expect(await device.client.operations.get(operationId)).toMatchObject({ status: 'PENDING' })
})

test('[EN35] a request that is never answered is given up by the device’s clock, and sent again', async () => {
  await using world = await openWorld()
  const device = await world.device('anna')
  await device.sync()
  let release = (): void => undefined
  let arrived = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const here = new Promise<void>((resolve) => {
    arrived = resolve
  })
  world.proxy.decide = ({ procedure }) => {
    if (procedure !== 'push') return undefined
    world.proxy.decide = () => undefined
    arrived()
    return { kind: 'hold', place: 'answer', until: held }
  }
  const { operationId } = await device.client.collections.tasks.create({ title: 'slow' })
  const ended = device.client.syncNow()
  await here
  device.environment.advance(30_000)
  expect(await ended).toMatchObject({
    status: 'waiting',
    error: { code: 'NETWORK_UNREACHABLE', details: { reason: 'time-out' } },
  })
  release()
  expect(await device.settle()).toMatchObject({ status: 'synced' })
  expect(await device.client.operations.get(operationId)).toMatchObject({
    status: 'COMPLETED',
    fate: { version: 1 },
  })
})
