import type { SeededRandom } from '@holdfast/core/testing'
import type { CounterName } from '../counters.ts'
import { changeSwarm, type Swarm } from './swarm.ts'
import { themeChanges } from './themes.ts'

/** What else such a world may be about. Others break promises where they meet, and stay apart (docs/gaps.md). */
const besides = ({ copies, restores }: Swarm): readonly string[] => {
  if (copies) return ['upgrades', 'lifetimes']
  return restores ? ['limits'] : []
}

const meetings: readonly { readonly name: CounterName; readonly isIn: (swarm: Swarm) => boolean }[] = [
  { name: 'copies and upgrades', isIn: ({ copies, upgrades }) => copies && upgrades },
  { name: 'copies and lifetimes', isIn: ({ copies, lifetimes }) => copies && lifetimes },
  { name: 'lost histories and an archive', isIn: ({ restores, archive }) => restores && archive.keep >= 0 },
]

/** Those that meet in a world. */
export const metThemes = (swarm: Swarm): readonly CounterName[] =>
  meetings.flatMap(({ name, isIn }) => (isIn(swarm) ? [name] : []))

/** Some worlds are about two themes at once. */
export const withSecondTheme = (swarm: Swarm, random: SeededRandom): Swarm => {
  const names = besides(swarm)
  if (names.length === 0 || random.chance(0.5)) return swarm
  const { events, actions } = swarm
  const both = changeSwarm(swarm, themeChanges(random.pick(names), random))
  return { ...both, events: Math.max(events, both.events), actions: Math.max(actions, both.actions) }
}
