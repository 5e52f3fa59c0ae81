import { SyncError, hasCode } from '../../base/errors.ts'
import type { Meta } from '../../oplog/entries.ts'
import { identifyAnew } from '../../oplog/identity.ts'
import { metaKey } from '../../oplog/keys.ts'
import { RecoveryNeeded } from '../../oplog/recovery/owner.ts'
import { startReset } from '../../oplog/recovery/start-reset.ts'
import type { CycleContext } from '../cycle-context.ts'

/** What of the device a refused request carried. */
export interface Refused {
  readonly cursorRevision?: number | undefined
  readonly identity?: Pick<Meta, 'clientId' | 'instance'> | undefined
}

/**
 * Stores the first step of a recovery, where the refusal asks for one.
 * @throws RecoveryNeeded where the run has to recover; STORAGE_CONFLICT where another tab overtook the request; else
 * the error
 */
export const onRefused = async (
  context: CycleContext,
  { cursorRevision, identity }: Refused,
  error: unknown,
): Promise<never> => {
  const isReset = hasCode(error, 'RESET_REQUIRED')
  const isFork = hasCode(error, 'CLIENT_FORKED') || (isReset && error.details.reason === 'client_forked')
  if (isFork && identity !== undefined) await onForked(context, identity, error)
  if (isReset && !isFork && cursorRevision !== undefined) await onReset(context, cursorRevision, error)
  throw error
}

const onForked = async (
  { store, environment, scope, tell }: CycleContext,
  identity: Pick<Meta, 'clientId' | 'instance'>,
  error: SyncError<'CLIENT_FORKED'> | SyncError<'RESET_REQUIRED'>,
): Promise<never> => {
  const instance = hasCode(error, 'CLIENT_FORKED') ? error.details.instance : undefined
  const known = typeof instance === 'string' ? instance : undefined
  const become = await identifyAnew(store, environment, identity, known)
  if (become === 'overtaken') {
    const message = 'Another tab started meanwhile; the batch will be sent again.'
    throw new SyncError('STORAGE_CONFLICT', message, { key: metaKey }, { cause: error })
  }
  if (become === 'new') tell(() => ({ type: 'forked', scope, clientId: identity.clientId }))
  throw new RecoveryNeeded(scope, error)
}

export const onReset = async (
  { store, scope, hooks, tell, onProblem }: CycleContext,
  cursorRevision: number,
  error: SyncError<'RESET_REQUIRED'>,
): Promise<never> => {
  for (const failure of await hooks.observe('beforeReset', { scope, error })) onProblem(failure)
  const { reason, watermark } = error.details
  if (await startReset(store, scope, { cursorRevision, reason, watermark }))
    tell(() => ({ type: 'resetStarted', scope, reason }))
  throw new RecoveryNeeded(scope, error)
}
