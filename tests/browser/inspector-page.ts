import { createSyncClient, type SyncClient, type SyncEvent } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { inspectable, type InspectableApi } from '@holdfast/plugins/inspectable'
import { defineInspector, type InspectedClient, type InspectorElement } from '@holdfast/plugins/inspector'
import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { Observable } from 'rxjs'
import { schema, type Collections } from '../../packages/core/test/support/schema.ts'

/** A page with an inspector on a client of its own. */
declare global {
  interface Window {
    inspected: Promise<Inspected>
  }
}

interface Inspected {
  readonly client: SyncClient<Collections>
  readonly element: InspectorElement
  readonly inspectable: InspectableApi | undefined
  /** All that the client told since it was made. */
  readonly events: readonly SyncEvent[]
  /** How many subscriptions to the client's observables the inspector holds. */
  readonly subscriptions: () => number
  /** Adds one more inspector of the same client. */
  readonly addInspector: () => InspectorElement
}

const parameters = new URLSearchParams(location.search)
const user = parameters.get('user') ?? ''

const options = {
  schema,
  user,
  storage: indexedDbStorage({ name: 'app' }),
  transport: trpcTransport({
    url: '/trpc',
    headers: () => ({ authorization: `Bearer token of ${user}` }),
    transformer: 'none',
  }),
  scopes: ['team-1'],
  autoStart: false,
  births: {
    read: () => (parameters.has('lost') ? 'an earlier one' : undefined),
    write: () => undefined,
    remove: () => undefined,
  },
} as const

const open = async (): Promise<Inspected> => {
  const kept = inspectable()
  const client: SyncClient<Collections> = parameters.has('plain')
    ? await createSyncClient(options)
    : await createSyncClient({ ...options, plugins: [kept] })
  const events: SyncEvent[] = []
  client.events$.subscribe((event) => events.push(event))

  let held = 0
  const counted = <TValue>(source$: Observable<TValue>): Observable<TValue> =>
    new Observable((subscriber) => {
      held += 1
      subscriber.add(() => {
        held -= 1
      })
      return source$.subscribe(subscriber)
    })
  const watched: InspectedClient = {
    ...client,
    state$: counted(client.state$),
    ready$: counted(client.ready$),
    progress$: counted(client.progress$),
    queue$: counted(client.queue$),
    events$: counted(client.events$),
    conflicts: { ...client.conflicts, list$: () => counted(client.conflicts.list$()) },
    deadLetters: { ...client.deadLetters, list$: () => counted(client.deadLetters.list$()) },
  }

  defineInspector()
  const addInspector = (): InspectorElement => {
    const element = document.createElement('holdfast-inspector')
    element.client = watched
    return document.body.appendChild(element)
  }
  const plugins: Readonly<Record<string, unknown>> = client.plugins
  if (!parameters.has('stopped')) client.start()
  return {
    client,
    element: addInspector(),
    inspectable: plugins['inspectable'] as InspectableApi | undefined,
    events,
    subscriptions: () => held,
    addInspector,
  }
}

document.documentElement.lang = 'en'
document.body.style.margin = '8px'
window.inspected = open()
