import { SyncError } from '@holdfast/core'
import type { Commit, ServerHookTable } from '@holdfast/server'
import type { Metrics } from './metrics.ts'
import { mapText, renameField, withRenamed } from './payload.ts'
import { isSealed } from './sealing.ts'

export interface ServerHalf {
  readonly metrics: Metrics
  readonly secret: string
  /** Who did what, for the archive: no payloads. */
  readonly journal: (line: Commit) => void
  /** What the secret field was called in older schemas. */
  readonly formerly: string
  /** Users of whom nothing is taken, whatever it is. */
  readonly suspended?: ReadonlySet<string>
}

/** Hooks of the server, in the order in which an operation meets them. */
export const serverHalf = ({ metrics, secret, journal, formerly, suspended = new Set() }: ServerHalf) =>
  ({
    migrateRecord(migration) {
      metrics.count('migrateRecord')
      return { ...migration, record: withRenamed(migration.record, formerly, secret) }
    },
    migrateOperation({ operation, from, to }) {
      metrics.count('migrateOperation')
      return {
        operation: { ...operation, payload: renameField(operation.payload, formerly, secret) },
        from,
        to,
      }
    },
    acceptOperation(operation) {
      metrics.count('acceptOperation')
      mapText(operation.payload, secret, (text) => {
        if (isSealed(text)) return text
        throw new SyncError('INVALID', `${secret} must be sealed before it leaves the device.`, {
          path: secret,
        })
      })
      return operation
    },
    beforeJudge({ userId }) {
      metrics.count('beforeJudge')
      if (suspended.has(userId))
        throw new SyncError(
          'FORBIDDEN_OR_MISSING',
          'This account is suspended: nothing is taken from it.',
          {},
        )
    },
    beforeApply({ before, after, userId }) {
      metrics.count('beforeApply')
      const [known, given] = [before?.['editedBy'], after?.['editedBy']]
      if (given === undefined || given === known || given === userId) return
      throw new SyncError('FORBIDDEN_OR_MISSING', 'Nobody signs with the name of somebody else.', {})
    },
    afterCommit(commit) {
      metrics.count('afterCommit')
      journal(commit)
    },
  }) satisfies ServerHookTable
