import { expect, test } from 'vitest'
import { trpcTransport } from '@holdfast/core/trpc'
import { expectSentence, failure } from '../../packages/core/test/support/failure.ts'
import { createOperation, pushOf, rawTransport, signal } from '../harness/raw-push.ts'
import { openWorld } from '../harness/world.ts'

test('[P05] an expired token pauses sync, keeps the queue, and start() resumes with a new one', async () => {
  await using world = await openWorld()
  const device = await world.device('anna')
  await device.sync()
  world.server.tokens.delete(device.token)
  const { operationId } = await device.client.collections.tasks.create({ title: 'kept' })
  const state = await device.client.syncNow()
  if (state.status !== 'blocked') throw new Error(state.status)
  expect(state.error.code).toBe('AUTH_REQUIRED')
  expectSentence(state.error)
  expect(state.error.message).toContain('client.start()')

  const before = world.proxy.requests.length
  await device.client.collections.tasks.create({ title: 'also kept' })
  device.connectivity.set(false)
  device.connectivity.set(true)
  device.environment.advance(3_600_000)
  expect(device.client.state.status).toBe('blocked')
  expect(world.proxy.requests).toHaveLength(before)
  expect((await device.client.operations.get(operationId))?.status).toBe('SENT')

  world.server.tokens.set(device.token, { id: 'anna' })
  device.client.start()
  expect(await device.settle()).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(await device.client.operations.list({ status: 'COMPLETED' })).toHaveLength(2)
})

test('[P09] without a token nothing is read, and nothing is parsed', async () => {
  await using world = await openWorld()
  const transport = trpcTransport({ url: `${world.proxy.url}/trpc`, transformer: 'none' })
  await failure(transport.push(pushOf([createOperation('r')]), { signal }), 'AUTH_REQUIRED')
  const malformed = { protocol: 'x' } as never
  await failure(transport.push(malformed, { signal }), 'AUTH_REQUIRED')
  expect(await world.server.prisma.holdfastOperation.count()).toBe(0)
})

test('[P09] a second user with the same client id is refused, and changes nothing', async () => {
  await using world = await openWorld()
  await rawTransport(world, 'anna').push(pushOf([createOperation('r')]), { signal })
  const bert = rawTransport(world, 'bert')
  const second = pushOf([createOperation('s', { clientSeq: 2 })])
  const error = await failure(bert.push(second, { signal }), 'FORBIDDEN_OR_MISSING')
  expect(error.message).not.toContain('anna')
  const { protocol, clientId, scope } = second
  await failure(bert.pull({ protocol, clientId, scope, cursor: '' }, { signal }), 'FORBIDDEN_OR_MISSING')
  await failure(bert.resume({ protocol, clientId, scope, ids: ['op-r'] }, { signal }), 'FORBIDDEN_OR_MISSING')
  expect(await world.server.prisma.holdfastOperation.count()).toBe(1)
})

test('[P09] a scope that is not the user’s and one that does not exist answer alike', async () => {
  await using world = await openWorld({ scopes: ({ user }) => [`home of ${user.id}`] })
  const bert = rawTransport(world, 'bert')
  const ask = (scope: string) =>
    failure(bert.push(pushOf([createOperation('r')], { scope }), { signal }), 'FORBIDDEN_OR_MISSING')
  const [foreign, missing] = [await ask('home of anna'), await ask('no such scope')]
  expect(foreign.message).toBe(missing.message)
  expect(foreign.details).toEqual(missing.details)
})
