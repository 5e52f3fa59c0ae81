import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import type express from 'express'
import { createSyncClient } from '@holdfast/core'
import { sseLive } from '@holdfast/core/live'
import { trpcTransport } from '@holdfast/core/trpc'
import { createSyncMiddleware } from '@holdfast/server/express'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test, vi } from 'vitest'
import { schema, scope, leastOptions } from '../support/world.ts'

/** It brings no types of its own; what is used of it is as in 5. */
const express4 = createRequire(import.meta.url)('express4') as typeof express

test('[MO1] in an Express 4 app, beside its own routes and its own body parser: push, pull and live', async () => {
  const sync = createSyncMiddleware({
    ...leastOptions(),
    authenticate: (req) => ({ id: String(req.headers.authorization) }),
  })
  const app = express4()
  app.use('/api/v1/sync', sync)
  app.use(express4.json())
  app.post('/api/v1/echo', (req, res) => void res.json(req.body))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const open = () =>
    createSyncClient({
      schema,
      user: 'ada',
      storage: memoryStorage(),
      scopes: [scope],
      pollEvery: 86_400_000,
      transport: trpcTransport({
        url: `${origin}/api/v1/sync`,
        path: '',
        headers: () => ({ authorization: 'ada' }),
        live: sseLive,
      }),
    })
  const [one, two] = [await open(), await open()]
  await vi.waitFor(() => expect(two.state.status).toBe('synced'))
  await one.collections.notes.create({ id: 'n-1', text: 'hello' })
  await vi.waitFor(async () =>
    expect(await two.collections.notes.get('n-1')).toMatchObject({ text: 'hello' }),
  )
  const echo = await fetch(`${origin}/api/v1/echo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
  })
  expect(await echo.json()).toEqual({ a: 1 })

  await one.close()
  await two.close()
  server.closeAllConnections()
  server.close()
})
