import type { SwarmChanges } from '../world/swarm.ts'
import type { Plants } from './plants.ts'

/** A mistake that the checks must find: it stands for one that was made, or nearly, somewhere. */
export interface PlantedBug {
  /** What goes wrong, one sentence. */
  readonly name: string
  /** A new one for each world: some remember what they did. */
  readonly plants: () => Plants
  /** Worlds in which it can show at all. */
  readonly changes?: SwarmChanges
}
