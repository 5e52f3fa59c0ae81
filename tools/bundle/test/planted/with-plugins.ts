import { createSyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { archive } from '@holdfast/plugins/archive'
import { compaction } from '@holdfast/plugins/compaction'
import { migrations } from '@holdfast/plugins/migrations'
import { ttl } from '@holdfast/plugins/ttl'
import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { schema } from '../../entries/schema-only.ts'

export const client = await createSyncClient({
  schema,
  user: 'ada',
  storage: indexedDbStorage({ name: 'todos' }),
  transport: trpcTransport({ url: '/trpc' }),
  scopes: ['team-1'],
  plugins: [compaction(), ttl(), archive(), migrations([{ from: '0.9.0', to: '1.0.0' }])],
})
