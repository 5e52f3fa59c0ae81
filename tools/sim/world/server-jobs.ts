import type { SimulatedProcess } from '@holdfast/core/testing'
import { expireRecords, pruneSync, type ServerStore } from '@holdfast/server'
import { schemaOf } from './schema.ts'
import type { Sim } from './sim.ts'

/** What an app runs as a job, on any of its servers. */
export interface ServerJobs {
  /** Deletes records that are over. */
  readonly expireRecords: () => Promise<void>
  /** Forgets what is older. */
  readonly prune: (olderThan: number) => Promise<void>
}

interface Worker {
  readonly process: SimulatedProcess
  readonly store: ServerStore<undefined>
}

export const createServerJobs = (sim: Sim, alive: () => readonly Worker[]): ServerJobs => {
  const { swarm, random, counters } = sim
  const prunes = random.fork('prunes')
  const expiries = random.fork('expiries')

  /** What a dead process throws counts for nothing. */
  const unlessDead = async ({ process }: Worker, run: () => Promise<unknown>): Promise<void> => {
    try {
      await run()
    } catch (error) {
      if (!process.isAlive()) return
      sim.guard(() => {
        throw error
      })
    }
  }

  return {
    async expireRecords() {
      const servers = alive()
      if (servers.length === 0) return
      const server = expiries.pick(servers)
      const schema = schemaOf(swarm, 'old')
      const { environment } = server.process
      await unlessDead(server, () =>
        expireRecords(server.store, { schema, batch: expiries.between(1, 3), environment }),
      )
    },
    async prune(olderThan) {
      const servers = alive()
      if (servers.length === 0) return
      const server = prunes.pick(servers)
      const batch = prunes.chance(0.5) ? prunes.between(1, 3) : 500
      const { environment } = server.process
      await unlessDead(server, async () => {
        await pruneSync(server.store, { olderThan, batch, environment })
        counters.add('server pruned')
      })
    },
  }
}
