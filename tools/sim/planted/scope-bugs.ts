import type { Write } from '@holdfast/core/storage'
import type { SwarmChanges } from '../world/swarm.ts'
import type { PlantedBug } from './planted-bug.ts'
import { changingWrites, type Plants } from './plants.ts'

/** A log's head without some of what it says. */
const without = (member: string) => (): Plants =>
  changingWrites(({ key, value }: Write): Write => {
    if (!key.startsWith('log/') || value === undefined) return { key, value }
    const head = JSON.parse(value) as Record<string, unknown>
    return { key, value: JSON.stringify({ ...head, [member]: undefined }) }
  })

/** Worlds in which scopes come and go all the time. */
export const restless: SwarmChanges = {
  scopes: 3,
  events: 500,
  actions: 80,
  chaos: 20_000,
  weights: { leave: 60, join: 60, offline: 15, partition: 20 },
  network: { dropResponse: 0.4, dropRequest: 0.2 },
}

/** What only shows where scopes come and go. */
export const scopeBugs: readonly PlantedBug[] = [
  {
    name: 'the number of a sent operation is forgotten with its scope',
    plants: without('abandoned'),
    changes: restless,
  },
  { name: 'nobody is told that a scope was left', plants: without('left'), changes: restless },
]
