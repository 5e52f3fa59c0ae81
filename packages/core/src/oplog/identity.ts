import type { Environment } from '../base/environment.ts'
import { SyncError } from '../base/errors.ts'
import type { Instance } from '../protocol/push.ts'
import type { Store } from '../storage/store.ts'
import { metaEntry, type Meta } from './entries.ts'
import { metaKey } from './keys.ts'
import { assertNotNewer } from './migration/raise.ts'

/**
 * The layout of the keys and values that this code writes. It reads all earlier ones.
 *
 * 1: the first.
 * 2: operations that are held back, transactions. Older code would overlook them.
 * 3: sent operations without a number, scopes that are being reset.
 * 4: operations that go out otherwise than they are shown, migrations on their way, the fence.
 */
const layout = 4

/**
 * Who this device is. The first start makes a client id; each later start rotates the instance, once the last
 * rotation was acknowledged.
 * @throws SyncError UPGRADE_REQUIRED when newer code wrote the database
 */
export const startIdentity = (store: Store, environment: Environment, schemaVersion: string): Promise<Meta> =>
  store.update(async (workspace) => {
    const [stored] = await workspace.read([{ get: metaKey }])
    const before = stored === undefined ? undefined : metaEntry.decode(stored.value)
    if (before !== undefined && before.layout > layout) {
      throw new SyncError(
        'UPGRADE_REQUIRED',
        'A newer version of this app wrote the local data; update the app.',
        {
          side: 'client',
          supported: [layout],
        },
      )
    }
    if (before !== undefined) assertNotNewer(before.schemaVersion, schemaVersion)
    const meta = before === undefined ? newMeta(environment, schemaVersion) : restart(before, environment)
    workspace.put(metaKey, metaEntry.encode(meta))
    return meta
  })

const newMeta = (environment: Environment, schemaVersion: string): Meta => {
  const first = environment.newId()
  return {
    layout,
    clientId: environment.newId(),
    instance: { acknowledged: first, candidate: first },
    schemaVersion,
  }
}

/** The version is raised by `migrate`. */
const restart = (meta: Meta, environment: Environment): Meta => {
  const { acknowledged, candidate } = meta.instance
  const rotated =
    acknowledged === candidate ? { acknowledged, candidate: environment.newId() } : meta.instance
  return { ...meta, layout, instance: rotated }
}

/** The server stored the candidate: the next start may rotate again. */
export const acknowledgeInstance = async (store: Store, sent: Instance): Promise<void> => {
  if (sent.acknowledged === sent.candidate) return
  await store.update(async (workspace) => {
    const [stored] = await workspace.read([{ get: metaKey }])
    if (stored === undefined) return
    const meta = metaEntry.decode(stored.value)
    if (meta.instance.candidate !== sent.candidate || meta.instance.acknowledged === sent.candidate) return
    const past = [...(meta.past ?? []), meta.instance.acknowledged].slice(-mostPast)
    const instance = { acknowledged: sent.candidate, candidate: sent.candidate }
    workspace.put(metaKey, metaEntry.encode({ ...meta, instance, past }))
  })
}

/** A server that was set back by more starts than this takes the device for a copy. */
const mostPast = 100

/**
 * `set back`: the server forgot the last starts of this device. `followed`: it has a new client id already. `overtaken`:
 * another tab has started, or was faster.
 */
export type Identification = 'new' | 'set back' | 'followed' | 'overtaken'

/**
 * The server refused this identity: it knows another instance. One that this device had itself was brought back by
 * the server's backup; any other is a copy's, and the device takes a new client id.
 */
export const identifyAnew = (
  store: Store,
  { newId }: Environment,
  refused: Pick<Meta, 'clientId' | 'instance'>,
  known: string | undefined,
): Promise<Identification> =>
  store.update(async (workspace) => {
    const [stored] = await workspace.read([{ get: metaKey }])
    const meta = stored === undefined ? undefined : metaEntry.decode(stored.value)
    if (meta?.clientId !== refused.clientId) return 'followed'
    if (meta.instance.candidate !== refused.instance.candidate) return 'overtaken'
    if (known !== undefined && meta.past?.includes(known) === true) {
      const instance = { acknowledged: known, candidate: newId() }
      workspace.put(metaKey, metaEntry.encode({ ...meta, instance }))
      return 'set back'
    }
    const first = newId()
    const next: Meta = {
      ...meta,
      clientId: newId(),
      instance: { acknowledged: first, candidate: first },
      past: [],
      formerIds: [...(meta.formerIds ?? []), meta.clientId],
    }
    workspace.put(metaKey, metaEntry.encode(next))
    return 'new'
  })
