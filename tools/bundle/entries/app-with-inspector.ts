import { createSyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { inspectable } from '@holdfast/plugins/inspectable'
import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { schema } from './schema-only.ts'

/** The same as `app`, with an inspector that is loaded when somebody asks for it. */
export const client = await createSyncClient({
  schema,
  user: 'ada',
  storage: indexedDbStorage({ name: 'todos' }),
  transport: trpcTransport({ url: '/trpc' }),
  scopes: ['team-1'],
  plugins: [inspectable()],
})

export const inspect = async (): Promise<void> => {
  const { defineInspector } = await import('@holdfast/plugins/inspector')
  defineInspector()
  document.body.append(Object.assign(document.createElement('holdfast-inspector'), { client }))
}
