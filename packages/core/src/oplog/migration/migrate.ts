import type { MigrationPart } from '../../plugin/core-part.ts'
import { bringUpDecided } from './bring-up-decided.ts'
import { isIncompatible } from './incompatible.ts'
import { raise } from './raise.ts'
import { hasMoved, placeAfter, putMigration, scopesIn } from './state.ts'
import { stepMigration } from './step.ts'

/**
 * Brings up what is on the device, as the version rises. Nothing is on its way afterwards where nobody has a migration.
 * @throws SyncError UPGRADE_REQUIRED (newer code wrote it), or what a hook throws: nothing more was changed
 */
const migrate: MigrationPart['migrate'] = (store, migrating) => {
  const { schema, hooks } = migrating
  const hasMigrations = hooks.has('migrateRecord') || hooks.has('migrateOperation')
  return raise(store, migrating, {
    async begin(workspace, raised) {
      const place = placeAfter(await scopesIn(workspace), undefined)
      if (hasMigrations && place !== undefined) putMigration(workspace, { ...raised, place })
    },
    async goOn(workspace, under) {
      const { from, to } = under
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
    },
  })
}

export const migrationPart: MigrationPart = { kind: 'migration', migrate, bringUp: bringUpDecided }
