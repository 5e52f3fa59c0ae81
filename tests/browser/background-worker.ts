import { answerSyncEvents } from '@holdfast/core/service-worker'
import { oneTabSyncs } from '@holdfast/core/tabs'
import { trpcTransport } from '@holdfast/core/trpc'
import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { schema } from '../../packages/core/test/support/schema.ts'

/** The app's service worker. It has no page to ask: who is signed in, and the token, the page left for it. */
const remembered = async (): Promise<{ readonly user: string; readonly token: string } | undefined> => {
  const cache = await caches.open('session')
  const response = await cache.match('/session')
  return response === undefined
    ? undefined
    : await (response.json() as Promise<{ user: string; token: string }>)
}

answerSyncEvents({
  async open() {
    const session = await remembered()
    if (session === undefined) return undefined
    return {
      schema,
      user: session.user,
      storage: indexedDbStorage({ name: 'app' }),
      transport: trpcTransport({
        url: '/trpc',
        headers: () => ({ authorization: `Bearer ${session.token}` }),
        transformer: 'none',
      }),
      scopes: ['team-1'],
      tabs: oneTabSyncs(),
    }
  },
})
