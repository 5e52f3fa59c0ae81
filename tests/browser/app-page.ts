import { createSyncClient, type SyncClient } from '@holdfast/core'
import { oneTabSyncs } from '@holdfast/core/tabs'
import { trpcTransport } from '@holdfast/core/trpc'
import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { schema, type Collections } from '../../packages/core/test/support/schema.ts'

/** An app as small as it gets: it shows the titles of all tasks, and how far it has synced. */
declare global {
  interface Window {
    app: Promise<SyncClient<Collections>>
  }
}

const parameters = new URLSearchParams(location.search)
const user = parameters.get('user') ?? ''

const show = (id: string, text: string): void => {
  const element = document.getElementById(id) ?? document.body.appendChild(document.createElement('p'))
  element.id = id
  element.textContent = text
}

const start = async (): Promise<SyncClient<Collections>> => {
  const client = await createSyncClient({
    schema,
    user,
    storage: indexedDbStorage({ name: 'app', busyTimeout: Number(parameters.get('busyTimeout') ?? 10_000) }),
    transport: trpcTransport({
      url: '/trpc',
      headers: () => ({ authorization: `Bearer token of ${user}` }),
      transformer: 'none',
    }),
    scopes: ['team-1'],
    ...(parameters.has('one') ? { tabs: oneTabSyncs() } : {}),
  })
  client.state$.subscribe(({ status }) => show('state', status))
  client.collections.tasks
    .find$({ orderBy: { title: 'asc' } })
    .subscribe((tasks) => show('tasks', tasks.map(({ title }) => title).join(', ')))
  return client
}

window.app = start()
