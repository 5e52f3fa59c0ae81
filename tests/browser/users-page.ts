import { createSyncClient, type SyncClient } from '@holdfast/core'
import { localBirths } from '@holdfast/core/storage-health'
import { trpcTransport } from '@holdfast/core/trpc'
import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { schema, type Collections } from '../../packages/core/test/support/schema.ts'

declare global {
  interface Window {
    signIn: (user: string) => Promise<void>
    signOut: () => Promise<void>
    wipe: () => Promise<void>
    add: (title: string) => Promise<unknown>
    titles: () => Promise<readonly string[]>
    where: () => string
    /** Client ids of databases that were lost. */
    lost: readonly string[]
  }
}

let client: SyncClient<Collections> | undefined
const lost: string[] = []

const signedIn = (): SyncClient<Collections> => {
  if (client === undefined) throw new Error('Nobody is signed in.')
  return client
}

window.lost = lost
window.signIn = async (user) => {
  client = await createSyncClient({
    schema,
    user,
    storage: indexedDbStorage({ name: 'app' }),
    transport: trpcTransport({
      url: '/trpc',
      headers: () => ({ authorization: `Bearer token of ${user}` }),
      transformer: 'none',
    }),
    scopes: [`private-${user}`],
    births: localBirths({ name: 'app' }),
    onLocalDataLost: ({ clientId }) => lost.push(clientId),
  })
}
window.signOut = async () => {
  await signedIn().close()
  client = undefined
}
window.wipe = () => signedIn().wipe()
window.add = (title) => signedIn().collections.tasks.create({ title })
window.titles = async () => (await signedIn().collections.tasks.find({})).map(({ title }) => title)
window.where = () => signedIn().state.status
