import type { SeededRandom } from '@holdfast/core/testing'
import type { CounterName } from '../counters.ts'
import { changeSwarm, type Swarm } from './swarm.ts'
import { themeChanges } from './themes.ts'

/** Themes that change what is promised, and how a world shows that it is about one. */
const isAbout = {
  copies: ({ copies }) => copies,
  restores: ({ restores }) => restores,
  lifetimes: ({ lifetimes }) => lifetimes,
  upgrades: ({ upgrades }) => upgrades,
  limits: ({ archive }) => archive.keep >= 0,
  consent: ({ consent }) => consent !== 'none',
} satisfies Record<string, (swarm: Swarm) => boolean>
type Theme = keyof typeof isAbout

interface Pairs {
  readonly first: Theme
  /** What such a world may be about besides. */
  readonly seconds: readonly Theme[]
  readonly counter: CounterName
}

/** Those that meet. Others stay apart (docs/gaps.md). */
const pairs: readonly Pairs[] = [
  {
    first: 'copies',
    seconds: ['upgrades', 'lifetimes', 'limits', 'consent'],
    counter: 'copies and another theme',
  },
  {
    first: 'restores',
    seconds: ['limits', 'upgrades', 'lifetimes', 'consent'],
    counter: 'lost histories and another theme',
  },
  {
    first: 'lifetimes',
    seconds: ['limits', 'upgrades', 'consent'],
    counter: 'lifetimes and another theme',
  },
  { first: 'upgrades', seconds: ['limits', 'consent'], counter: 'upgrades and another theme' },
  { first: 'limits', seconds: ['consent'], counter: 'archives and the look ahead' },
]

/** What meets in a world. */
export const metThemes = (swarm: Swarm): readonly CounterName[] =>
  pairs.flatMap(({ first, seconds, counter }) =>
    isAbout[first](swarm) && seconds.some((second) => isAbout[second](swarm)) ? [counter] : [],
  )

/** Some worlds are about two themes at once. */
export const withSecondTheme = (swarm: Swarm, random: SeededRandom): Swarm => {
  const found = pairs.find(({ first }) => isAbout[first](swarm))
  if (found === undefined || random.chance(0.5)) return swarm
  const { events, actions } = swarm
  const both = changeSwarm(swarm, themeChanges(random.pick(found.seconds), random))
  return { ...both, events: Math.max(events, both.events), actions: Math.max(actions, both.actions) }
}
