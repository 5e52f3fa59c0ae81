import { createSyncClient, manualConnectivity } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { allowAll } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import express, { type Request } from 'express'
import { expect, test } from 'vitest'
import { manualEnvironment } from '../../packages/core/test/support/manual-environment.ts'
import { schema } from '../../packages/core/test/support/schema.ts'
import { listen } from '../harness/listen.ts'
import { limitRequests } from './rate-limits/limit-requests.ts'

const userOf = ({ headers }: Request): { readonly id: string } | undefined =>
  headers.authorization === undefined ? undefined : { id: headers.authorization }

/** An app that limits before it looks who asks, by address, and then by user. */
const serve = async (clock: { readonly now: () => number }) => {
  const sync = createSyncMiddleware({
    schema,
    store: memoryServerStore(),
    authenticate: userOf,
    scopes: ({ user }) => [`team-${user.id}`],
    authorize: allowAll,
    tokenSecrets: ['a secret for tests of thirty-two bytes'],
    logger: { error: () => undefined },
  })
  const app = express()
  app.use(
    '/sync',
    limitRequests((req) => req.ip ?? '', { perSecond: 1_000, burst: 1_000 }, clock),
    limitRequests((req) => userOf(req)?.id ?? '', { perSecond: 3, burst: 6 }, clock),
    sync,
  )
  return listen(app)
}

test('[HX11] an app limits requests in front: who asks too often waits as long as it says, and nothing is lost', async () => {
  const environment = manualEnvironment()
  await using server = await serve(environment.clock)
  const clientOf = (user: string) =>
    createSyncClient({
      schema,
      user,
      storage: memoryStorage(),
      transport: trpcTransport({
        url: `${server.url}/sync`,
        path: '',
        headers: () => ({ authorization: user }),
      }),
      scopes: [`team-${user}`],
      autoStart: false,
      connectivity: manualConnectivity(),
      environment,
    })
  const ada = await clientOf('ada')
  ada.start()
  const waits: number[] = []
  for (let index = 0; index < 10; index += 1) {
    await ada.collections.tasks.create({ id: `t-${index}`, title: 'x' })
    for (let state = await ada.syncNow(); state.status !== 'synced'; state = await ada.syncNow()) {
      if (state.status !== 'waiting') throw new Error(state.status)
      expect(state.error).toMatchObject({ code: 'RATE_LIMITED' })
      waits.push(state.retryAt - environment.clock.now())
      environment.advance(state.retryAt - environment.clock.now())
    }
  }
  expect(waits.length).toBeGreaterThan(3)
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000)
  expect(await ada.operations.list({ status: 'COMPLETED' })).toHaveLength(10)

  const bert = await clientOf('bert')
  bert.start()
  expect((await bert.syncNow()).status).toBe('synced')
  await Promise.all([ada.close(), bert.close()])
})
