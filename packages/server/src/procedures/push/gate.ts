import { SyncError, isSyncError } from '@holdfast/core'
import { isNewerVersion, putType } from '@holdfast/core/protocol'
import type { Gate } from '../../apply/batch.ts'
import { loadOne } from '../../store/load-one.ts'
import type { WriteTransaction } from '../../store/contract.ts'
import { withoutServerOnly } from '../../server-only.ts'
import { serverFailed } from '../answering.ts'
import type { Deps } from '../deps.ts'
import { createHalves } from './halves.ts'
import type { PushRequest } from './request.ts'

/** An app that judges updates judges what several of them were folded into. */
const actionOf = ({ type }: { readonly type: string }): string => (type === putType ? 'update' : type)

/** The app's and the plugins' say on each operation, in the transaction. */
export const createGate = <TContext, TDatabase>(
  deps: Deps<TContext, TDatabase>,
  ctx: TContext,
  tx: WriteTransaction<TDatabase>,
  { scope, user: userId, clientId }: Pick<PushRequest, 'scope' | 'user' | 'clientId'>,
): Gate => {
  const { options, hooks } = deps
  const { schema, store } = options

  const allowed = async (
    input: Omit<Parameters<typeof options.authorize>[0], 'ctx' | 'tx' | 'scope'>,
  ): Promise<boolean> => {
    try {
      return await options.authorize({ ctx, tx: tx.database, scope, ...input })
    } catch (error) {
      // A failure of the transaction itself is not this operation's: the whole batch runs again.
      if (isSyncError(error) || store.isTransient(error)) throw error
      throw serverFailed(deps, 'authorize failed.', error)
    }
  }

  const forbidden = (): SyncError =>
    new SyncError('FORBIDDEN_OR_MISSING', 'There is no such record, or this is not allowed.', {})

  return {
    hasHalves: (collection) => options.halvedCollections.has(collection),
    halfOf: createHalves(deps, ctx, tx, { scope, user: userId, clientId }),
    attempt: (run) => tx.attempt(run),
    load: (address) => loadOne(tx, address),
    async permitFurther(collection, { operation, before, after }) {
      if (!(await allowed({ action: actionOf(operation), collection, before, after }))) throw forbidden()
    },
    async prepare(operation, row) {
      const to = schema.version
      const from = operation.opVersion
      const migrated = isNewerVersion(to, from)
        ? (await hooks.waterfall('migrateOperation', { operation, from, to })).operation
        : operation
      const accepted = await hooks.waterfall('acceptOperation', migrated)
      return withoutServerOnly(options.serverOnlyFields, accepted, row?.deleted === false)
    },
    async admit(admission) {
      if (hooks.has('beforeJudge')) {
        await hooks.ask('beforeJudge', { ...admission, scope, userId, clientId, tx: tx.database })
      }
    },
    async permit(proposal) {
      const { operation, before, after } = proposal
      if (
        !(await allowed({ action: actionOf(operation), collection: operation.collection, before, after }))
      ) {
        throw forbidden()
      }
      await hooks.ask('beforeApply', { ...proposal, scope, userId, clientId, tx: tx.database })
    },
  }
}
