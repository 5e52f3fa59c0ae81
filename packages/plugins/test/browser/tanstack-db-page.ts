import { BasicIndex, count, createCollection, createLiveQueryCollection, eq, sum } from '@tanstack/db'
import { createSyncClient, type SyncClient } from '@holdfast/core'
import { sseLive } from '@holdfast/core/live'
import { trpcTransport } from '@holdfast/core/trpc'
import { holdfastCollection } from '@holdfast/plugins/tanstack-db'
import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { schema, type Collections } from '../../../core/test/support/schema.ts'

/** A page that shows, of each task, how many parts it has and how many votes they have: a join, and two aggregates. */
declare global {
  interface Window {
    /** Each resolves once it is durable. */
    addTask: (id: string, title: string) => Promise<unknown>
    addPart: (task: string, title: string, votes: number) => Promise<unknown>
    removeTask: (id: string) => Promise<unknown>
  }
}

const show = (id: string, text: string): void => {
  const element = document.getElementById(id) ?? document.body.appendChild(document.createElement('p'))
  element.id = id
  element.textContent = text
}

const draw = async (client: SyncClient<Collections>): Promise<void> => {
  const tasks = createCollection(holdfastCollection({ client, collection: 'tasks' }))
  const parts = createCollection(
    holdfastCollection({ client, collection: 'parts', autoIndex: 'eager', defaultIndexType: BasicIndex }),
  )
  const overview = createLiveQueryCollection((query) =>
    query
      .from({ part: parts })
      .innerJoin({ task: tasks }, ({ part, task }) => eq(part.task, task.id))
      .groupBy(({ task }) => task.title)
      .select(({ part, task }) => ({ title: task.title, parts: count(part.id), votes: sum(part.votes) })),
  )
  const redraw = (): void => {
    const lines = [...overview.values()].map(
      ({ title, parts: number, votes }) => `${title}: ${number} parts, ${votes} votes`,
    )
    show('overview', lines.toSorted().join('; '))
  }
  overview.subscribeChanges(redraw, { includeInitialState: true })
  await overview.preload()
  redraw()

  const record = { text: '', done: false, votes: 0 }
  window.addTask = (id, title) => tasks.insert({ ...record, id, title }).when('settled')
  window.addPart = (task, title, votes) =>
    parts.insert({ ...record, id: crypto.randomUUID(), task, title, votes }).when('settled')
  window.removeTask = (id) => tasks.delete(id).when('settled')
}

const start = async (): Promise<void> => {
  const client = await createSyncClient({
    schema,
    user: 'ada',
    storage: indexedDbStorage({ name: 'app' }),
    transport: trpcTransport({
      url: '/trpc',
      headers: () => ({ authorization: 'Bearer token of ada' }),
      transformer: 'none',
      live: sseLive,
    }),
    scopes: ['team-1'],
  })
  await draw(client)
  client.state$.subscribe(({ status }) => show('state', status))
}

void start()
