import { SyncError, type HookTable } from '@holdfast/core'
import type { Metrics } from './metrics.ts'
import { isFields, mapText, renameField, withRenamed } from './payload.ts'
import type { Sealing } from './sealing.ts'

export interface ClientHalf {
  readonly author: () => string
  readonly log: (line: string) => void
  readonly metrics: Metrics
  readonly sealing: Sealing
  /** The field that nobody but devices may read. */
  readonly secret: string
  /** What it was called in older schemas. */
  readonly formerly: string
}

/** Sealing makes a text a third longer, and this has to fit into an operation afterwards. */
const longestSecret = 20_000

/** Hooks of the client, in the order in which an operation meets them. */
export const clientHalf = ({ author, log, metrics, sealing, secret, formerly }: ClientHalf) => {
  // What an older app sent goes out again as it was, under the older name.
  const names = [...new Set([secret, formerly])]
  const mapSecret = (encoded: string, change: (text: string) => string): string =>
    names.reduce((before, name) => mapText(before, name, change), encoded)

  return {
    // Last: what other plugins made of the payload is stamped, too.
    beforeEnqueue: {
      order: 'last',
      handler(draft) {
        metrics.count('beforeEnqueue')
        const { payload, type } = draft
        if ((type !== 'create' && type !== 'update') || !isFields(payload)) return draft
        const text = payload[secret]
        if (typeof text === 'string' && text.length > longestSecret) {
          const message = `${secret} has ${text.length} characters; the most is ${longestSecret}.`
          throw new SyncError('INVALID', message, { path: secret, reason: 'too long to be sealed' })
        }
        return { ...draft, payload: { ...payload, editedBy: author() } }
      },
    },
    compactQueue(record) {
      // Nothing to add to what others fold: a signature is part of the payload, so the last one stays.
      metrics.count('compactQueue')
      return record
    },
    beforePush(operations) {
      metrics.count('beforePush')
      return operations.map((operation) => ({
        ...operation,
        payload: mapSecret(operation.payload, (text) => sealing.seal(text, operation.recordId)),
      }))
    },
    afterPush(results) {
      metrics.count('afterPush')
      for (const { kind } of results) metrics.count(`verdict ${kind}`)
    },
    beforeApplyRemote(changes) {
      metrics.count('beforeApplyRemote')
      return changes.map((change) =>
        change.kind === 'deleted'
          ? change
          : { ...change, data: mapSecret(change.data, (text) => sealing.unseal(text, change.id)) },
      )
    },
    afterApplyRemote(changes) {
      metrics.count('afterApplyRemote')
      for (const { kind } of changes) metrics.count(`received ${kind}`)
    },
    onConflict({ collection, recordId, fields, updatedBy }) {
      metrics.count('onConflict')
      log(`${updatedBy} changed ${fields.join()} of ${collection}/${recordId}, too`)
    },
    beforeReset({ scope, error }) {
      metrics.count('beforeReset')
      log(`the server wants ${scope} to start again: ${error.message}`)
    },
    onMaintenance() {
      metrics.count('onMaintenance')
    },
    onStateChange({ status }) {
      metrics.count('onStateChange')
      metrics.count(`state ${status}`)
    },
    migrateRecord(migration) {
      metrics.count('migrateRecord')
      return { ...migration, record: withRenamed(migration.record, formerly, secret) }
    },
    migrateOperation({ operation, from, to }) {
      metrics.count('migrateOperation')
      const payload = renameField(operation.payload, formerly, secret)
      return { from, to, operation: { ...operation, payload, opVersion: to } }
    },
  } satisfies HookTable
}
