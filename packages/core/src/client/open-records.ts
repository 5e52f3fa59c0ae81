import { skip } from 'rxjs'
import { createLane } from '../base/lane.ts'
import { createGroupWriter } from '../data/group-writer.ts'
import { createReader } from '../data/reader.ts'
import { createRecordFeed } from '../data/record-feed.ts'
import type { Operation } from '../model/operation.ts'
import type { AnyCollection } from '../model/schema.ts'
import type { EnqueueContext } from '../oplog/enqueue.ts'
import { findScope } from '../oplog/locate-record.ts'
import type { ClientParts } from './client-parts.ts'
import { createCollectionClient } from './collection-client.ts'
import { createRoomMaker } from './make-room.ts'
import type { ScopeRegistry } from './scope-registry.ts'
import type { SyncClient } from './sync-client.ts'
import { createTransactionCollection } from './transaction/collection.ts'
import type { Preview } from './transaction/preview.ts'
import { runTransaction, type Transaction } from './transaction/run-transaction.ts'

type Collections = Readonly<Record<string, AnyCollection>>

/** The records of all joined scopes, to be read and written. */
export interface OpenRecords<TCollections extends Collections> extends Pick<
  SyncClient<TCollections>,
  'collections' | 'transaction'
> {
  readonly context: EnqueueContext
  /** Tells that an operation is durable. */
  readonly tellWritten: (operation: Operation) => void
  readonly close: () => void
}

export const openRecords = <TCollections extends Collections>(
  { schema, settings, store, hooks, coreParts, session, events }: ClientParts<TCollections>,
  registry: ScopeRegistry,
): OpenRecords<TCollections> => {
  const { environment, maxOps, onFull, batchLimits } = settings
  const feed = createRecordFeed(store)
  registry.units$.pipe(skip(1)).subscribe(feed.readAgain)
  const context = { environment, schemaVersion: schema.version, maxOps, session }
  const makeRoom = createRoomMaker({
    ...{ store, schema, environment, hooks, maxOps, onFull, compaction: coreParts.compaction },
    ...{ tell: events.tell, onProblem: events.problem },
  })
  const writer = createGroupWriter(store, { ...context, schema, scopes: registry.names, makeRoom })

  const tellWritten = ({ id, scope, collection, recordId, type, status, life }: Operation): void => {
    if (status === 'EXPIRED') return events.tell(() => ({ type: 'expired', scope, operations: [id] }))
    const written = { scope, collection, recordId, operationId: id, operation: type }
    events.tell(() => ({ type: 'written', ...written, ...(life && { lifetime: life.lifetime }) }))
    registry.get(scope)?.send({ type: 'written' })
  }

  const writesDeps = { scopes: registry.names, hooks, inOrder: createLane(), environment }
  const mapCollections = (toClient: (name: string, definition: AnyCollection) => object): object =>
    Object.fromEntries(
      Object.entries(schema.collections).map(([name, definition]) => [name, toClient(name, definition)]),
    )
  const collections = mapCollections((name, definition) =>
    createCollectionClient({
      ...writesDeps,
      name,
      definition,
      writer,
      begin: (run) => run(),
      locate: (collection, recordId) => findScope(store, schema, { collection, recordId }, registry.names()),
      onWritten: tellWritten,
      reader: createReader({
        store,
        schema,
        feed$: feed.feed$,
        collection: name,
        scopes: registry.names,
        declared: definition.indexes,
        timers: environment.timers,
      }),
    }),
  )
  const toTransaction = (preview: Preview): Transaction<TCollections> => ({
    collections: mapCollections((name, definition) =>
      createTransactionCollection({ ...writesDeps, name, definition, preview }),
    ) as Transaction<TCollections>['collections'],
  })
  return {
    collections: collections as unknown as SyncClient<TCollections>['collections'],
    transaction: (work) =>
      runTransaction(
        {
          ...{ store, schema, ...context, batchLimits, scopes: registry.names },
          ...{ toTransaction, onWritten: tellWritten, makeRoom },
        },
        work,
      ),
    context,
    tellWritten,
    close: feed.close,
  }
}
