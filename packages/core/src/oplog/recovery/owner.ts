import { SyncError } from '../../base/errors.ts'
import type { Store } from '../../storage/store.ts'
import type { Entry } from '../../storage/contract.ts'
import { emptyLogHead, logHeadEntry, metaEntry, type LogHead, type Meta } from '../entries.ts'
import { logKey, metaKey } from '../keys.ts'

/** The client id that a scope's numbers belong to, and that its requests carry. */
const ownerOf = ({ clientId }: LogHead, meta: Meta): string =>
  clientId ?? meta.formerIds?.[0] ?? meta.clientId

export interface Owned {
  readonly meta: Meta
  readonly head: LogHead
  readonly owner: string
}

/** Of one snapshot. */
export const toOwned = (meta: Entry | undefined, log: Entry | undefined): Owned => {
  const decoded = metaEntry.decode(meta?.value ?? '{}')
  const head = log === undefined ? emptyLogHead : logHeadEntry.decode(log.value)
  return { meta: decoded, head, owner: ownerOf(head, decoded) }
}

export const readOwned = async (store: Store, scope: string): Promise<Owned> => {
  const [meta, log] = await store.read([{ get: metaKey }, { get: logKey(scope) }])
  return toOwned(meta, log)
}

/** True while nothing may be sent: the scope's numbers are another client id's, or it is being fetched anew. */
export const needsRecovery = ({ meta, head, owner }: Owned): boolean =>
  owner !== meta.clientId || head.resetting !== undefined

/** A run can't go on before `recover`. Outside of a run it passes by itself, as a commit does that lost a race. */
export class RecoveryNeeded extends SyncError<'STORAGE_CONFLICT'> {
  /** What the server said, where this tab was told. */
  readonly refusal: SyncError | undefined

  constructor(scope: string, refusal?: SyncError) {
    const message = 'This device is finding its way back to the server; it will be tried again.'
    super('STORAGE_CONFLICT', message, { key: logKey(scope) }, { cause: refusal })
    this.refusal = refusal
  }
}
