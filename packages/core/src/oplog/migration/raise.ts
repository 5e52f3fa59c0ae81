import { SyncError } from '../../base/errors.ts'
import { isNewerVersion } from '../../model/version.ts'
import type { Migrating, MigrationPart, MigrationProgress } from '../../plugin/core-part.ts'
import type { Store } from '../../storage/store.ts'
import type { Workspace } from '../../storage/workspace.ts'
import { metaEntry } from '../entries.ts'
import { metaKey } from '../keys.ts'
import { abandonStaged } from '../staging/abandon.ts'
import { refetch } from './refetch.ts'
import { fenceKey, putMigration, readMetaAndMigration, scopesIn, type Migration } from './state.ts'

/** What becomes of the database, in one commit each. */
export interface RaisingSteps {
  /** The version is being raised. */
  readonly begin: (workspace: Workspace, raised: MigrationProgress) => Promise<void>
  /** What began earlier goes on. @throws SyncError */
  readonly goOn: (workspace: Workspace, under: Migration) => Promise<MigrationProgress>
}

/**
 * Raises the database to the schema's version, in bounded commits; from the first one on, code of the version before
 * reads and writes nothing. Stopped anywhere, the next start goes on from there, whichever tab. Then the store stays
 * at this version's fence.
 * @throws SyncError UPGRADE_REQUIRED (newer code wrote it), or what a step throws: nothing more was changed
 */
export const raise = async (
  store: Store,
  { schema, onProgress }: Pick<Migrating, 'schema' | 'onProgress'>,
  { begin, goOn }: RaisingSteps,
): Promise<void> => {
  for (;;) {
    const progress = await store.update(async (workspace) => {
      const { meta, under } = await readMetaAndMigration(workspace)
      if (meta === undefined) return undefined
      const { schemaVersion: from } = meta
      const to = schema.version
      assertNotNewer(from, to)
      if (under !== undefined) {
        // Nobody raises the database while it is on its way.
        workspace.expect(metaKey)
        return goOn(workspace, under)
      }
      if (!isNewerVersion(to, from)) return undefined
      const raised = { from, to, done: 0 }
      await workspace.read([{ get: fenceKey }])
      workspace.put(metaKey, metaEntry.encode({ ...meta, schemaVersion: to }))
      workspace.put(fenceKey, to)
      await begin(workspace, raised)
      return raised
    })
    if (progress === undefined) break
    onProgress?.(progress)
  }
  await store.fence(fenceKey, schema.version)
}

/** Where no plugin brings up anything: only the version rises. What is half way nobody can bring up any more. */
export const raiseOnly: MigrationPart['migrate'] = (store, migrating) =>
  raise(store, migrating, {
    begin: async () => undefined,
    async goOn(workspace, under) {
      for (const scope of await scopesIn(workspace)) {
        const { kind } = await refetch(workspace, scope)
        if (kind !== 'idle') abandonStaged(workspace, scope)
      }
      putMigration(workspace, undefined)
      return under
    },
  })

/** @throws SyncError UPGRADE_REQUIRED */
export const assertNotNewer = (stored: string, running: string): void => {
  if (!isNewerVersion(stored, running)) return
  const message = `Version ${stored} of this app wrote the local data, this is ${running}; update the app.`
  throw new SyncError('UPGRADE_REQUIRED', message, { side: 'client', supported: [] })
}
