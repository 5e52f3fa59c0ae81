import type { Place } from './format.ts'
import type { PlaceName, Places } from './places.ts'

/** Slices of one thread must lie within each other: what overlaps gets a lane of its own. */
export interface Lanes {
  readonly enter: (name: PlaceName) => Lane
}

export interface Lane {
  readonly place: Place
  readonly leave: () => void
}

export const createLanes = (places: Places): Lanes => {
  const busy = new Map<string, boolean[]>()
  return {
    enter({ process, thread }) {
      const lanes = busy.get(thread) ?? []
      busy.set(thread, lanes)
      const free = lanes.findIndex((isBusy) => !isBusy)
      const lane = free < 0 ? lanes.length : free
      lanes[lane] = true
      return {
        place: places.of({ process, thread: `${thread} requests${lane === 0 ? '' : ` ${lane + 1}`}` }),
        leave() {
          lanes[lane] = false
        },
      }
    },
  }
}
