import { systemEnvironment, SyncError, type Environment, type Schema } from '@holdfast/core'
import {
  collectionOf,
  encodePortable,
  recordLifetime,
  replaceRecord,
  serverAuthor,
  withWholeClock,
  type ServerRow,
} from '@holdfast/core/protocol'
import { stderrLogger, type Logger } from '../logger.ts'
import { createMirror } from '../mirror/mirroring-store.ts'
import { newNonce } from '../procedures/push/move.ts'
import type { ServerStore, WriteTransaction } from '../store/contract.ts'
import { everyPage } from '../store/every-page.ts'

export interface ExpireRecordsOptions {
  /** The lifetimes are in it. */
  readonly schema: Schema
  /** How many records one transaction deletes, at most; it holds its scope's lock. Default 500. */
  readonly batch?: number | undefined
  readonly environment?: Environment | undefined
  /** Told of rows of the app that do not fit the schema. */
  readonly logger?: Logger | undefined
}

export interface ExpireRecordsReport {
  readonly scopes: number
  readonly records: number
}

/**
 * Deletes the records whose lifetime is over since they were last changed, in all scopes: every device hears of it. For a job
 * that the app schedules; several at a time are harmless, and one that ends early goes on the next time.
 * @throws SyncError MISCONFIGURED
 */
export const expireRecords = async <TDatabase>(
  given: ServerStore<TDatabase>,
  { schema, batch = 500, logger = stderrLogger, ...options }: ExpireRecordsOptions,
): Promise<ExpireRecordsReport> => {
  const environment = withWholeClock(options.environment ?? systemEnvironment)
  if (!Number.isSafeInteger(batch) || batch < 1)
    throw new SyncError('MISCONFIGURED', 'batch must be a positive integer.', { option: 'batch' })
  const lifetimes = new Map(
    Object.entries(schema.collections)
      .map(([name, definition]) => [name, recordLifetime(definition)] as const)
      .filter(([, lifetime]) => lifetime !== Infinity),
  )
  const report = { scopes: 0, records: 0 }
  if (lifetimes.size === 0) return report
  const mirror = createMirror(given, { schema, environment, logger })
  const store = mirror?.store ?? given
  const isOver = ({ collection, updatedAt, deleted }: ServerRow): boolean =>
    !deleted && environment.clock.now() - updatedAt >= (lifetimes.get(collection) ?? Infinity)
  const expiring = { schema, environment, isOver }
  const scopes = new Set<string>()
  for await (const { scope, rows } of everyPage(store, batch)) {
    scopes.add(scope)
    const over = rows.filter(isOver)
    if (over.length > 0) report.records += await store.write(scope, (tx) => deleteAll(tx, over, expiring))
  }
  return { ...report, scopes: scopes.size }
}

interface Expiring {
  readonly schema: Schema
  readonly environment: Environment
  readonly isOver: (row: ServerRow) => boolean
}

/** What was changed since it was read lives on. */
const deleteAll = async (
  tx: WriteTransaction,
  found: readonly ServerRow[],
  { schema, environment, isOver }: Expiring,
): Promise<number> => {
  const now = environment.clock.now()
  const rows = (await tx.records(found)).filter((row) => isOver(row) && tx.isHeld?.(row) !== true)
  const gone = rows.flatMap((row, index) => {
    const { collection, id: recordId, version: baseVersion } = row
    const by = { clientId: serverAuthor, userId: serverAuthor, timestamp: now }
    const deletion = { id: environment.newId(), type: 'delete', payload: encodePortable(null) }
    const candidate = { collection, recordId, baseVersion, opVersion: schema.version, ...by, ...deletion }
    const place = { seq: tx.state.head + 1 + index, now, schemaVersion: schema.version }
    const definition = collectionOf(schema, collection)
    return replaceRecord({ definition, row, data: undefined, candidate, place }) ?? []
  })
  if (gone.length === 0) return 0
  const head = { head: tx.state.head + gone.length, nonce: newNonce(environment) }
  await tx.save({ rows: gone, operations: [], resends: [], head, at: now })
  return gone.length
}
