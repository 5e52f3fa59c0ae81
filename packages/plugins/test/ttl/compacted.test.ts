import { createSyncClient, manualConnectivity } from '@holdfast/core'
import { compaction } from '@holdfast/plugins/compaction'
import { ttl } from '@holdfast/plugins/ttl'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'
import { hour, schema, settle } from './world.ts'

test('[TL11] what lives for ever is not folded into what does not', async () => {
  const environment = manualEnvironment()
  const client = await createSyncClient({
    schema,
    user: 'ada',
    storage: memoryStorage(),
    transport: localServer({ schema })('ada'),
    scopes: [scope],
    plugins: [compaction(), ttl()],
    connectivity: manualConnectivity(false),
    environment,
  })
  const { mixed } = client.collections
  await mixed.create({ id: 'm', text: 'first' })
  const written = []
  for (const text of ['kept', 'kept too', 'temporary', 'temporary'])
    written.push(await mixed.update('m', { text }))
  expect(await client.plugins.compaction.compact(scope)).toBe(3)
  environment.advance(hour)
  await settle()
  environment.advance(0)
  await settle()
  expect(await mixed.get('m')).toMatchObject({ text: 'kept too' })
  const kinds = await Promise.all(
    written.map(async ({ operationId }) => (await client.operations.get(operationId))?.fate.kind),
  )
  expect(kinds).toEqual(['superseded', 'pending', 'superseded', 'expired'])
  await client.close()
})
