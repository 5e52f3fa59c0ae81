import type { Workspace } from '../../storage/workspace.ts'
import { metaEntry, scopesEntry, type Meta } from '../entries.ts'
import { jsonEntry } from '../json-entry.ts'
import { metaKey, scopesKey } from '../keys.ts'

/** How far this device is on its way from one schema version to the next; it is there until all is done. */
export interface Migration {
  readonly from: string
  readonly to: string
  readonly place: MigrationPlace
  /** Of records, staged rows and dead letters, so far. */
  readonly done: number
  /** Nobody can bring the records up: they are dropped, and fetched anew. */
  readonly isDropping?: true | undefined
}

export interface MigrationPlace {
  readonly scope: string
  readonly kind: 'records' | 'staged' | 'dead'
  /** The last key that was dealt with. */
  readonly after?: string | undefined
}

const migrationKey = 'migration'
/** The version that the database was raised to, once it was: whoever runs another one stays out (storage/store). */
export const fenceKey = 'schema'

const migrationEntry = jsonEntry<Migration>('migration')

/** Of one moment: a version that was raised in between, and a migration that is not there yet, would pass for one that is over. */
export const readMetaAndMigration = async (
  workspace: Workspace,
): Promise<{ readonly meta: Meta | undefined; readonly under: Migration | undefined }> => {
  const [meta, under] = await workspace.read([{ get: metaKey }, { get: migrationKey }])
  return { meta: meta && metaEntry.decode(meta.value), under: under && migrationEntry.decode(under.value) }
}

/** Somebody else has gone on since it was read here. */
export const hasMoved = async (workspace: Workspace): Promise<boolean> => {
  const [now] = await workspace.read([{ get: migrationKey }])
  return (now?.revision ?? 0) !== workspace.revision(migrationKey)
}

/** `readMetaAndMigration` must have been called; undefined ends it. */
export const putMigration = (workspace: Workspace, migration: Migration | undefined): void => {
  if (migration === undefined) workspace.remove(migrationKey)
  else workspace.put(migrationKey, migrationEntry.encode(migration))
}

/** The scopes that have anything on this device. */
export const scopesIn = async (workspace: Workspace): Promise<readonly string[]> => {
  const [stored] = await workspace.read([{ get: scopesKey }])
  return stored === undefined ? [] : scopesEntry.decode(stored.value).joined
}

const kinds: readonly MigrationPlace['kind'][] = ['records', 'staged', 'dead']

/** Where a migration begins, or goes on once a place is done; undefined: nowhere. */
export const placeAfter = (
  scopes: readonly string[],
  done: MigrationPlace | undefined,
): MigrationPlace | undefined => {
  if (done === undefined) return placeIn(scopes[0])
  const kind = kinds[kinds.indexOf(done.kind) + 1]
  return kind === undefined ? placeIn(scopes[scopes.indexOf(done.scope) + 1]) : { scope: done.scope, kind }
}

const placeIn = (scope: string | undefined): MigrationPlace | undefined =>
  scope === undefined ? undefined : { scope, kind: 'records' }
