import { SyncError } from '../../base/errors.ts'
import type { Schema } from '../../model/schema.ts'
import { isNewerVersion } from '../../model/version.ts'
import type { HookRunner } from '../../plugin/hook-runner.ts'
import type { Store } from '../../storage/store.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { metaEntry, type Meta } from '../entries.ts'
import { metaKey } from '../keys.ts'
import { fenceKey, hasMoved, placeAfter, putMigration, readMetaAndMigration } from './state.ts'
import { isIncompatible, scopesIn, stepMigration } from './step.ts'

export interface MigrationProgress {
  readonly from: string
  readonly to: string
  /** Records, staged rows and dead letters that are in the new shape. */
  readonly done: number
}

export interface Migrating {
  readonly schema: Schema
  readonly hooks: Pick<HookRunner, 'has' | 'waterfall'>
  readonly onProgress?: ((progress: MigrationProgress) => void) | undefined
}

/**
 * Brings the database up to the schema's version, in bounded commits; from the first one on, code of the version before
 * reads and writes nothing. Stopped anywhere, the next start goes on from there, whichever tab. Then the store stays
 * at this version's fence.
 * @throws SyncError UPGRADE_REQUIRED (newer code wrote it), or what a hook throws: nothing more was changed
 */
export const migrate = async (store: Store, migrating: Migrating): Promise<void> => {
  const { schema, onProgress } = migrating
  for (;;) {
    const progress = await store.update((workspace) => step(workspace, migrating))
    if (progress === undefined) break
    onProgress?.(progress)
  }
  await store.fence(fenceKey, schema.version)
}

const step = async (
  workspace: Workspace,
  { schema, hooks }: Migrating,
): Promise<MigrationProgress | undefined> => {
  const { meta, under } = await readMetaAndMigration(workspace)
  if (meta === undefined) return undefined
  assertNotNewer(meta.schemaVersion, schema.version)
  if (under === undefined) return begin(workspace, meta, { schema, hooks })
  const { from, to } = under
  // Nobody raises the database while it is on its way.
  workspace.expect(metaKey)
  try {
    const reached = await stepMigration(workspace, under, { from, to, hooks, schema })
    return reached ?? { ...under }
  } catch (error) {
    // Another tab may have brought up meanwhile what a step throws on now: the commit, or the next step, finds that out.
    if (await hasMoved(workspace)) return { ...under }
    if (!isIncompatible(error) || under.isDropping === true) throw error
    const place = placeAfter(await scopesIn(workspace), undefined)
    putMigration(workspace, place && { ...under, place, isDropping: true })
    return under
  }
}

/** The commit that raises the version. Nothing is on its way afterwards where nobody has a migration. */
const begin = async (
  workspace: Workspace,
  meta: Meta,
  { schema, hooks }: Migrating,
): Promise<MigrationProgress | undefined> => {
  const { schemaVersion: from } = meta
  const to = schema.version
  if (!isNewerVersion(to, from)) return undefined
  const place = placeAfter(await scopesIn(workspace), undefined)
  await workspace.read([{ get: fenceKey }])
  workspace.put(metaKey, metaEntry.encode({ ...meta, schemaVersion: to }))
  workspace.put(fenceKey, to)
  const hasMigrations = hooks.has('migrateRecord') || hooks.has('migrateOperation')
  if (hasMigrations && place !== undefined) putMigration(workspace, { from, to, place, done: 0 })
  return { from, to, done: 0 }
}

/** @throws SyncError UPGRADE_REQUIRED */
export const assertNotNewer = (stored: string, running: string): void => {
  if (!isNewerVersion(stored, running)) return
  const message = `Version ${stored} of this app wrote the local data, this is ${running}; update the app.`
  throw new SyncError('UPGRADE_REQUIRED', message, { side: 'client', supported: [] })
}
