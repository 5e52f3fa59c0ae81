import type { Observable } from 'rxjs'
import type { AnyCollection, RecordOf, SyncClient } from '@holdfast/core'
import type { CollectionConfig, NonSingleResult } from '@tanstack/db'
import type { Row } from './row-changes.ts'
import { feedRows, type RowFeed } from './row-feed.ts'
import { createTurns } from './turns.ts'
import { writeMutations, type Mutation, type Writer } from './write-mutations.ts'

/** What TanStack DB lets a collection choose for itself, whoever fills it. */
type OwnChoice = 'id' | 'startSync' | 'gcTime' | 'autoIndex' | 'defaultIndexType' | 'compare'

/** `id` is what TanStack DB calls it; default: its name. */
export type HoldfastCollectionOptions<
  TCollections extends Readonly<Record<string, AnyCollection>>,
  TName extends keyof TCollections & string,
> = Pick<CollectionConfig<RecordOf<TCollections[TName]>, string>, OwnChoice> & {
  readonly client: SyncClient<TCollections>
  /** Its name in the schema. */
  readonly collection: TName
}

/** What `createCollection` of `@tanstack/db` takes. */
export type HoldfastCollectionConfig<TRecord extends object> = CollectionConfig<TRecord, string> & {
  schema?: never
} & NonSingleResult

interface Records<TRow extends Row> {
  readonly find$: () => Observable<readonly TRow[]>
  readonly find: (query: { readonly where: { readonly id: string } }) => Promise<readonly TRow[]>
}

interface Writing {
  readonly transaction: { readonly mutations: readonly Mutation[] }
}

/**
 * Options of a collection that shows all records of a collection of the client, and writes through it. A mutation is done
 * once it is durable on this device; what the server makes of it comes as any other change. Each collection needs options
 * of its own.
 */
export const holdfastCollection = <
  TCollections extends Readonly<Record<string, AnyCollection>>,
  TName extends keyof TCollections & string,
>({
  client,
  collection: name,
  ...chosen
}: HoldfastCollectionOptions<TCollections, TName>): HoldfastCollectionConfig<
  RecordOf<TCollections[TName]>
> => {
  // The schema's types are those of the config; in here a record is a record.
  const writer = client as unknown as Writer
  const records = client.collections[name] as unknown as Records<RecordOf<TCollections[TName]> & Row>
  const inTurn = createTurns()
  let feed: RowFeed | undefined

  const persist = ({ transaction: { mutations } }: Writing): Promise<void> =>
    // A transaction reads before it writes: a later write must not come before it.
    inTurn(mutations.length > 1, async () => {
      await writeMutations(writer, name, mutations)
      // What TanStack DB shows meanwhile goes when this resolves: what we show must be there by then.
      for (const { key } of mutations) await feed?.caughtUp(key)
    })

  return {
    id: name,
    ...chosen,
    getKey: (record) => String(record['id']),
    sync: {
      rowUpdateMode: 'full',
      sync(sink) {
        const own = feedRows({ rows$: records.find$(), read: (id) => records.find({ where: { id } }) }, sink)
        feed = own
        return own.stop
      },
    },
    onInsert: persist,
    onUpdate: persist,
    onDelete: persist,
  }
}
