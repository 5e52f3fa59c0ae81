import {
  collection,
  createSyncClient,
  defineSchema,
  manualConnectivity,
  type MeteredPolicy,
} from '@holdfast/core'
import { ttl } from '@holdfast/plugins/ttl'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'
import { untilStatus } from '../../../core/test/support/until.ts'

const fields = z.object({ id: z.string() })
const schema = defineSchema({
  version: '1.0.0',
  collections: { analytics: collection({ fields, lifetime: 'drop' }) },
})

test.each<readonly [MeteredPolicy, string]>([
  ['push-only', 'COMPLETED'],
  ['wait', 'EXPIRED'],
])(
  '[TL6] [CN15] on a metered network what is to be dropped is sent where pushes are (%s)',
  async (metered, status) => {
    const connectivity = manualConnectivity()
    connectivity.setMetered('expensive')
    const client = await createSyncClient({
      ...{ schema, user: 'u-1', storage: memoryStorage(), transport: localServer({ schema })('u-1') },
      ...{ scopes: [scope], environment: manualEnvironment(), plugins: [ttl()], connectivity, metered },
    })
    await untilStatus(client, 'metered')
    for (const id of ['a', 'b']) {
      const { operationId } = await client.collections.analytics.create({ id })
      expect(await client.operations.settled(operationId)).toMatchObject({ status })
      await untilStatus(client, 'metered')
    }
    await client.close()
  },
)
