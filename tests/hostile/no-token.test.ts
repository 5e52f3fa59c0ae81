import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { allowAll } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { memoryServerStore } from '@holdfast/server/testing'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import express from 'express'
import { expect, test } from 'vitest'
import { schema } from '../../packages/core/test/support/schema.ts'
import { listen } from '../harness/listen.ts'

const token = 'canary-of-a-token-0123456789'
const scope = 'team-1'

test('[HX23] nothing of a login is in the local database: not the token, nor a cookie', async () => {
  const sync = createSyncMiddleware({
    schema,
    store: memoryServerStore(),
    authenticate: ({ headers }) =>
      headers.authorization === `Bearer ${token}` && headers.cookie === `session=${token}`
        ? { id: 'ada' }
        : undefined,
    scopes: () => [scope],
    authorize: allowAll,
    tokenSecrets: ['a secret for tests of thirty-two bytes'],
    logger: { error: () => undefined },
  })
  await using server = await listen(express().use('/sync', sync))
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  const client = await createSyncClient({
    schema,
    user: 'ada',
    storage: sqliteStorage({ filename: join(folder, 'local.db') }),
    transport: trpcTransport({
      url: `${server.url}/sync`,
      path: '',
      headers: () => ({ authorization: `Bearer ${token}`, cookie: `session=${token}` }),
    }),
    scopes: [scope],
  })
  await client.collections.tasks.create({ id: 't-1', title: 'canary-of-a-title' })
  expect((await client.syncNow()).status).toBe('synced')
  await client.close()
  const files = await readdir(folder)
  const bytes = await Promise.all(files.map((file) => readFile(join(folder, file), 'latin1')))
  expect(bytes.join()).toContain('canary-of-a-title')
  expect(bytes.join()).not.toContain('canary-of-a-token')
  await rm(folder, { recursive: true })
})
