import { hasCode, SyncError } from '@holdfast/core'
import type { Instance } from '@holdfast/core/protocol'
import type { ClientBinding, ReadTransaction } from '../store/contract.ts'
import { assertReachable, openCursor, type Position } from '../tokens/cursor.ts'
import type { Deps } from './deps.ts'

/** Unknown and forbidden answer alike. */
export const forbidden = (): SyncError =>
  new SyncError('FORBIDDEN_OR_MISSING', 'There is no such scope or client, or it is not yours.', {})

/** @throws SyncError AUTH_REQUIRED when the context names no user */
export const callerOf = <TContext, TDatabase>(
  { options }: Deps<TContext, TDatabase>,
  ctx: TContext,
): string => {
  const user: unknown = options.user(ctx)
  if (typeof user !== 'string' || user === '') {
    throw new SyncError('AUTH_REQUIRED', 'The request names no user; log in.', {})
  }
  return user
}

/** What a request shows of an earlier stay in its scope. */
interface Shown {
  readonly user: string
  readonly cursor: string
}

/**
 * @throws SyncError FORBIDDEN_OR_MISSING when the caller may not read the scope; RESET_REQUIRED `revoked` where the app
 * wants that and the caller shows that he could
 */
export const assertScope = async <TContext, TDatabase>(
  { options, signer }: Deps<TContext, TDatabase>,
  ctx: TContext,
  tx: ReadTransaction<TDatabase>,
  scope: string,
  shown?: Shown,
): Promise<void> => {
  const scopes = await options.scopes(ctx, tx.database)
  if (scopes.includes(scope)) return
  if (options.revocation !== 'remove' || shown === undefined || shown.cursor === '') throw forbidden()
  openCursor(signer, { user: shown.user, scope }, shown.cursor)
  throw new SyncError('RESET_REQUIRED', 'This scope is not yours any more.', { reason: 'revoked' })
}

/**
 * The client's binding, if it ever pushed.
 * @throws SyncError FORBIDDEN_OR_MISSING when the client belongs to another user
 */
export const bindingOf = async (
  tx: ReadTransaction,
  clientId: string,
  user: string,
): Promise<ClientBinding | undefined> => {
  const binding = await tx.client(clientId)
  if (binding !== undefined && binding.userId !== user) throw forbidden()
  return binding
}

/**
 * Checks that the feed can go on from where a client is.
 * @throws SyncError RESET_REQUIRED, with the watermark of the client's operations
 */
export const assertReaches = async (
  tx: ReadTransaction,
  clientId: string,
  position: Position,
): Promise<void> => {
  try {
    await assertReachable(tx, position)
  } catch (error) {
    if (!hasCode(error, 'RESET_REQUIRED')) throw error
    const details = { ...error.details, watermark: await tx.watermark(clientId) }
    throw new SyncError('RESET_REQUIRED', error.message, details, { cause: error })
  }
}

/**
 * Accepts the next instance value of a client.
 * @throws SyncError CLIENT_FORKED when the client knows neither value that the server could have stored
 */
export const assertInstance = (
  binding: ClientBinding | undefined,
  { acknowledged, candidate }: Instance,
  clientId: string,
): void => {
  if (binding === undefined || binding.instance === acknowledged || binding.instance === candidate) return
  throw new SyncError('CLIENT_FORKED', 'Another copy of this client has gone on meanwhile.', {
    clientId,
    instance: binding.instance,
  })
}
