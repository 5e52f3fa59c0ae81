import type { RecordMigration } from '@holdfast/core'
import type { SwarmChanges } from '../world/swarm.ts'
import type { PlantedBug } from './planted-bug.ts'
import { nothingPlanted, withTransport, type Plants } from './plants.ts'

/** What one start of the app brought up, be it in vain, the next one brings up once more. */
const migratesTwice = (): Plants => {
  /** By device and record: the start that brought it up first. */
  const doneBy = new Map<string, object>()
  return {
    ...nothingPlanted,
    migrations(plugin, device) {
      const start = {}
      const once = plugin.hooks?.migrateRecord
      if (typeof once !== 'function') return plugin
      return {
        ...plugin,
        hooks: {
          ...plugin.hooks,
          async migrateRecord(migration: RecordMigration) {
            const name = `${device} ${migration.collection}/${JSON.stringify(migration.record['id'])}`
            const first = doneBy.get(name) ?? start
            doneBy.set(name, first)
            const after = await once(migration)
            return first === start ? after : once(after)
          },
        },
      }
    },
  }
}

/** What an older server can't foresee counts as harmless. */
const takesSilenceForYes = (): Plants =>
  withTransport((transport) => ({
    ...transport,
    async preflight(input, options) {
      const answer = await transport.preflight(input, options)
      const entities = answer.entities.map((entity) =>
        entity.reason === 'server_older'
          ? { ...entity, risk: 'LOW' as const, reason: 'disjoint' as const }
          : entity,
      )
      return { ...answer, entities }
    },
  }))

/** Devices get the new app while they have much, and die on the way. */
const upgrading: SwarmChanges = {
  upgrades: true,
  lifetimes: false,
  leases: false,
  varied: 0,
  compaction: 0,
  twoUsers: false,
  sharedRecords: 1,
  weights: { upgrade: 60, write: 60 },
}

/** Bugs of those who bring data to a new version of the app. */
export const upgradeBugs: readonly PlantedBug[] = [
  { name: 'migration run twice', plants: migratesTwice, changes: upgrading },
  {
    name: 'what nobody foresaw sent as harmless',
    plants: takesSilenceForYes,
    changes: { ...upgrading, consent: 'attention', servers: 2 },
  },
]
