import {
  definePlugin,
  SyncError,
  type OperationMigration,
  type Plugin,
  type RecordMigration,
} from '@holdfast/core'
import { migrationPart } from '@holdfast/core/parts'
import { isNewerVersion, type RecordData } from '@holdfast/core/protocol'
import type { OperationMigration as ServerOperationMigration, ServerSide } from '@holdfast/server'
import { bringUpOperation, bringUpRecord, tooOld } from './bring-up.ts'
import { toContent, toStored } from './content.ts'
import { checkEnd, firstOf, stepsBetween, toChain, type Chain } from './chain.ts'
import type { MigrationStep } from './step.ts'

/** The plugin's half for `createSyncRouter`. */
export type MigrationsOnServer = Required<Pick<ServerSide, 'start' | 'migrateRecord' | 'migrateOperation'>>

interface Content {
  readonly collection: string
  readonly recordId: string
  readonly type: string
  readonly payload: string
}

const contentAfter = (steps: Chain, { collection, recordId, ...stored }: Content) => {
  const { content, ages } = toContent(stored)
  return toStored(bringUpOperation(steps, { collection, recordId }, content), ages)
}

/** A row that no version was kept for was written before there were steps. */
const unknownVersion = '0.0.0'

/**
 * Brings records and operations of earlier schema versions up to the schema's. One value for client and server.
 * @throws SyncError MISCONFIGURED
 */
export const migrations = (
  given: readonly MigrationStep[],
): Plugin<'migrations', undefined, MigrationsOnServer> => {
  const chain = toChain(given)
  const first = firstOf(chain)
  const isTooOld = (version: string): boolean => isNewerVersion(first, version)

  const recordAfter = ({ collection, from, to, record }: RecordMigration, oldest: string): RecordData =>
    bringUpRecord(stepsBetween(chain, from === unknownVersion ? oldest : from, to) ?? [], collection, record)

  return definePlugin({
    name: 'migrations',
    parts: [migrationPart],
    setup({ schemaVersion }): undefined {
      checkEnd(chain, schemaVersion)
    },
    hooks: {
      migrateRecord(migration: RecordMigration) {
        if (isTooOld(migration.from)) throw incompatible(migration.from, first)
        return { ...migration, record: recordAfter(migration, migration.from) }
      },
      migrateOperation(migration: OperationMigration) {
        const { operation, to } = migration
        const steps = stepsBetween(chain, operation.opVersion, to)
        // The server says what becomes of it.
        if (steps === undefined) return migration
        return { ...migration, operation: { ...operation, ...contentAfter(steps, operation), opVersion: to } }
      },
    },
    server: {
      start({ schema }) {
        checkEnd(chain, schema.version)
      },
      migrateRecord(migration: RecordMigration) {
        return { ...migration, record: recordAfter(migration, first) }
      },
      migrateOperation(migration: ServerOperationMigration) {
        const { operation, from, to } = migration
        const steps = stepsBetween(chain, from, to)
        if (steps === undefined) throw tooOld(from, first)
        return { ...migration, operation: { ...operation, ...contentAfter(steps, operation), opVersion: to } }
      },
    },
  })
}

const incompatible = (version: string, first: string): SyncError<'RESET_REQUIRED'> =>
  new SyncError(
    'RESET_REQUIRED',
    `Schema ${version} wrote the local records, and the migrations begin at ${first}; they are fetched anew.`,
    { reason: 'schema_incompatible' },
  )
