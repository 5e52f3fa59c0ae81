import type { Write } from '@holdfast/core/storage'
import type { SwarmChanges } from '../world/swarm.ts'
import { changingWrites } from './client-bugs.ts'
import type { Plants } from './plants.ts'

/** A log's head without some of what it says. */
const without = (member: string) => (): Plants =>
  changingWrites(({ key, value }: Write): Write => {
    if (!key.startsWith('log/') || value === undefined) return { key, value }
    const head = JSON.parse(value) as Record<string, unknown>
    return { key, value: JSON.stringify({ ...head, [member]: undefined }) }
  })

/** What only shows where scopes come and go. */
export const scopeBugs: Readonly<Record<string, () => Plants>> = {
  'the number of a sent operation is forgotten with its scope': without('abandoned'),
  'nobody is told that a scope was left': without('left'),
}

/** Worlds in which scopes come and go all the time. */
export const restless: SwarmChanges = {
  scopes: 3,
  events: 500,
  actions: 80,
  chaos: 20_000,
  weights: { leave: 60, join: 60, offline: 15, partition: 20 },
  network: { dropResponse: 0.4, dropRequest: 0.2 },
}
