import type { Schema } from '@holdfast/core'
import type { AppRows } from '../store/app-rows.ts'
import type { RecordAddress, ServerStore, WriteTransaction } from '../store/contract.ts'
import { recordKey } from '../store/record-key.ts'
import { mirroredCollections, type MirroredCollection } from './fields.ts'
import { giveRows } from './give-rows.ts'
import { openMirror, Strayed } from './mirror-transaction.ts'
import type { TakingIn } from './take-in.ts'

export interface MirrorOptions extends Omit<TakingIn, 'schemaVersion'> {
  readonly schema: Schema
}

/** What keeps the app's tables and the records the same (docs/decisions/0032-mapped-models.md). */
export interface Mirror<TDatabase> {
  readonly store: ServerStore<TDatabase>
  readonly collections: ReadonlyMap<string, MirroredCollection>
  /**
   * Takes in what somebody else made of the rows of these records.
   * @returns those that could not be looked into, as an open transaction has their rows
   */
  readonly takeIn: (scope: string, keys: readonly RecordAddress[]) => Promise<readonly RecordAddress[]>
  /** Makes rows of those of the records that never had one. How many. */
  readonly giveRows: (scope: string, keys: readonly RecordAddress[]) => Promise<number>
}

/** Each start again takes in what strayed; others may go on writing meanwhile. */
const mostStarts = 20

/**
 * Undefined where no collection lives in a table of the app.
 * @throws SyncError MISCONFIGURED
 */
export const createMirror = <TDatabase>(
  store: ServerStore<TDatabase>,
  { schema, environment, logger }: MirrorOptions,
): Mirror<TDatabase> | undefined => {
  if (store.appTables === undefined) return undefined
  const collections = mirroredCollections(schema, store.appTables)

  const open = (
    tx: WriteTransaction<TDatabase>,
    scope: string,
    { strays, leaving }: { readonly strays: Strays; readonly leaving: Set<string> },
  ): Promise<WriteTransaction<TDatabase>> => {
    const first = [...(strays.get(scope)?.values() ?? [])]
    const settings = { collections, environment, logger, schemaVersion: schema.version }
    return openMirror({ ...settings, tx, app: appOf(tx), scope, first, leaving })
  }

  return {
    collections,
    store: {
      ...store,
      isTransient: (error) => error instanceof Strayed || store.isTransient(error),
      write: (scope, run) =>
        startingAgain((strays) =>
          store.write(scope, async (tx) => run(await open(tx, scope, { strays, leaving: new Set() }))),
        ),
      writeBoth: (scopes, run) =>
        startingAgain((strays) =>
          store.writeBoth(scopes, async (first, second) => {
            const leaving = new Set<string>()
            return run(
              await open(first, scopes[0], { strays, leaving }),
              await open(second, scopes[1], { strays, leaving }),
            )
          }),
        ),
    },
    takeIn: (scope, keys) =>
      store.write(scope, async (tx) => {
        const strays = new Map([[scope, keysIn(keys)]])
        const { isHeld = () => false } = await open(tx, scope, { strays, leaving: new Set() })
        return keys.filter(isHeld)
      }),
    giveRows: (scope, keys) =>
      store.write(scope, (tx) => giveRows({ collections, tx, app: appOf(tx), scope }, keys)),
  }
}

const appOf = ({ app }: Pick<WriteTransaction, 'app'>): AppRows => {
  if (app === undefined) throw new Error('This store has tables of the app, and does not open them.')
  return app
}

/** By scope, then by record. */
type Strays = ReadonlyMap<string, ReadonlyMap<string, RecordAddress>>

const keysIn = (keys: readonly RecordAddress[]): ReadonlyMap<string, RecordAddress> =>
  new Map(keys.map((key) => [recordKey(key), key]))

const startingAgain = async <TResult>(run: (strays: Strays) => Promise<TResult>): Promise<TResult> => {
  const strays = new Map<string, ReadonlyMap<string, RecordAddress>>()
  for (let starts = 1; ; starts += 1) {
    try {
      return await run(strays)
    } catch (error) {
      if (!(error instanceof Strayed) || starts === mostStarts) throw error
      strays.set(error.scope, new Map([...(strays.get(error.scope) ?? []), ...keysIn(error.keys)]))
    }
  }
}
