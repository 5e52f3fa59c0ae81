import { createSyncClient } from '@holdfast/core'
import { backgroundSync } from '@holdfast/core/service-worker'
import { oneTabSyncs } from '@holdfast/core/tabs'
import { trpcTransport } from '@holdfast/core/trpc'
import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { schema } from '../../packages/core/test/support/schema.ts'

declare global {
  interface Window {
    /** Resolves once something may be written: to whether the browser does background sync. */
    opened: Promise<boolean>
    write: (title: string) => Promise<unknown>
    synced: () => string
  }
}

const [user, token] = ['anna', 'token of anna']

const open = async (): Promise<boolean> => {
  await navigator.serviceWorker.register('/worker.js')
  const cache = await caches.open('session')
  await cache.put('/session', new Response(JSON.stringify({ user, token })))
  const client = await createSyncClient({
    schema,
    user,
    storage: indexedDbStorage({ name: 'app' }),
    transport: trpcTransport({
      url: '/trpc',
      headers: () => ({ authorization: `Bearer ${token}` }),
      transformer: 'none',
    }),
    scopes: ['team-1'],
    tabs: oneTabSyncs(),
  })
  window.write = (title) => client.collections.tasks.create({ title })
  window.synced = () => client.state.status
  return await backgroundSync(client)
}

window.opened = open()
