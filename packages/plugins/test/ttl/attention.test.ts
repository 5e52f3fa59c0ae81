import { collection, createSyncClient, defineSchema, manual } from '@holdfast/core'
import { ttl } from '@holdfast/plugins/ttl'
import { memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'

const fields = z.object({ id: z.string(), text: z.string().default('') })
const schema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({ fields, conflict: manual() }),
    analytics: collection({ fields, lifetime: 'drop' }),
  },
})

test('[TL6] while something waits for a person the client is connected: what is to be dropped is sent at once', async () => {
  const server = localServer({ schema, store: memoryServerStore() })
  const open = (user: string) => {
    const environment = manualEnvironment()
    const common = { storage: memoryStorage(), transport: server(user), scopes: [scope], user, environment }
    const preflight = { afterOperations: 1, onRisk: { HIGH: 'attention' } } as const
    return createSyncClient({ ...common, schema, autoStart: false, plugins: [ttl()], preflight })
  }
  const [mine, theirs] = [await open('u-1'), await open('u-2')]
  await theirs.collections.notes.create({ id: 'n', text: 'first' })
  for (const client of [theirs, mine]) {
    client.start()
    await client.syncNow()
  }
  await theirs.collections.notes.update('n', { text: 'theirs' })
  await theirs.syncNow()
  mine.pause()
  await mine.collections.notes.update('n', { text: 'mine' })
  mine.start()
  expect(await mine.syncNow()).toMatchObject({ status: 'attention' })
  const { operationId } = await mine.collections.analytics.create({ id: 'view' })
  expect(await mine.syncNow()).toMatchObject({ status: 'attention' })
  expect(await mine.operations.get(operationId)).toMatchObject({ status: 'COMPLETED' })
  for (const client of [mine, theirs]) await client.close()
})
