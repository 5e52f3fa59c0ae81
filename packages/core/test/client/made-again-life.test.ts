import {
  collection,
  counter,
  createSyncClient,
  defineSchema,
  increment,
  manualConnectivity,
} from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { manualEnvironment } from '../support/manual-environment.ts'
import { localServer, scope, twisted } from '../support/transports.ts'

test('[TL2] what is made again goes on living where it was', async () => {
  const schema = defineSchema({
    version: '1.0.0',
    collections: {
      flags: collection({ fields: z.object({ id: z.string(), votes: counter() }), lifetime: '1h' }),
    },
  })
  const environment = manualEnvironment()
  const transport = twisted(localServer({ schema })('ada'))
  const client = await createSyncClient({
    schema,
    user: 'ada',
    storage: memoryStorage(),
    transport,
    scopes: [scope],
    connectivity: manualConnectivity(),
    environment,
  })
  const { flags } = client.collections
  await flags.create({ id: 'f' })
  await client.syncNow()
  const { operationId } = await flags.update('f', { votes: increment(1) })
  const made = await client.operations.get(operationId)
  environment.advance(1_000)
  transport.once('push', (real) => async (input, options) => {
    const answer = await real({ ...input, operations: [] }, options)
    if (answer.kind !== 'answer') return answer
    const results = [{ id: operationId, kind: 'rebase' as const, serverVersion: 1, record: null }]
    return { ...answer, results, decided: { watermark: 2, above: [] } }
  })
  await client.syncNow()
  const [again] = (await client.operations.history('flags', 'f')).filter(
    ({ type, id }) => type === 'update' && id !== operationId,
  )
  expect(again).toBeDefined()
  expect(again?.life).toEqual(made?.life)
  await client.close()
})
