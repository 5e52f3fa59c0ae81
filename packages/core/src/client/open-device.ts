import type { Environment } from '../base/environment.ts'
import { startIdentity } from '../oplog/identity.ts'
import { cursorKey } from '../oplog/keys.ts'
import { raiseOnly } from '../oplog/migration/raise.ts'
import { joinScopes } from '../oplog/scopes.ts'
import type { CoreParts } from '../plugin/core-part.ts'
import type { HookRunner } from '../plugin/hook-runner.ts'
import { createStore, type Store } from '../storage/store.ts'
import type { SyncClientOptions } from './options.ts'
import type { LocalDataLost } from './storage-health/births.ts'
import { noteBirth } from './storage-health/note-birth.ts'

/** A user's database on this device, as a start finds it. */
export interface OpenDevice {
  readonly store: Store
  /** The first client id of this database, which no other has: all tabs know it, also after it took another one. */
  readonly firstId: string
  /** Each joined scope, and whether a complete pull of it is there. */
  readonly joined: ReadonlyMap<string, boolean>
  /** Left, and not removed to the end when the process ended. */
  readonly leaving: readonly string[]
  /** The one before it. */
  readonly lost: LocalDataLost | undefined
}

/** Opens the database, says who this device is, brings it up to the schema, and joins the scopes that the app names. */
export const openDevice = async (
  options: SyncClientOptions,
  environment: Environment,
  { hooks, coreParts }: { readonly hooks: HookRunner; readonly coreParts: CoreParts },
): Promise<OpenDevice> => {
  const { storage, user, schema, scopes, onMigrating: onProgress } = options
  const store = createStore(await storage.open(user))
  try {
    const identity = await startIdentity(store, environment, schema.version)
    const lost = await noteBirth(options, identity)
    const migrate = coreParts.migration?.migrate ?? raiseOnly
    await migrate(store, { schema, hooks, onProgress })
    const { joined, leaving } = await joinScopes(store, scopes)
    const cursors = await store.read(joined.map((scope) => ({ get: cursorKey(scope) })))
    const ready = joined.map((scope, index): [string, boolean] => [scope, cursors[index] !== undefined])
    const firstId = identity.formerIds?.[0] ?? identity.clientId
    return { store, firstId, joined: new Map(ready), leaving, lost }
  } catch (error) {
    await store.close()
    throw error
  }
}
