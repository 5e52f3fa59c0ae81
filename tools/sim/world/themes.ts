import type { SeededRandom } from '@holdfast/core/testing'
import type { Keeping } from '../checks/archive.ts'
import type { SwarmChanges } from './swarm.ts'

interface ThemeOf {
  /** How often, beside the others. */
  readonly weight: number
  /** Of a world: its events and its actions. */
  readonly size?: readonly [events: number, actions: number]
  readonly changes?: (random: SeededRandom) => SwarmChanges
}

const few = (random: SeededRandom): number => random.between(1, 2)

/** What some worlds are about: seldom things that only happen where they come together. */
const themes: Readonly<Record<string, ThemeOf>> = {
  none: { weight: 32 },
  scopes: {
    weight: 9,
    size: [180, 33],
    changes: (random) => ({
      scopes: random.between(2, 3),
      weights: { leave: 30, join: 25, crashLeaving: 12, offline: 6, partition: 6, closeTab: 4 },
      network: { dropResponse: 0.25 },
    }),
  },
  transactions: {
    weight: 9,
    size: [185, 33],
    changes: (random) => ({
      scopes: random.between(1, 3),
      tabs: random.between(2, 3),
      sharedRecords: few(random),
      weights: { together: 70, resolve: 40, letter: 8, offline: 5 },
    }),
  },
  paging: {
    weight: 9,
    size: [280, 46],
    changes: (random) => ({
      page: random.between(2, 3),
      client: { page: random.between(1, 4) },
      storage: { slow: 0.1, slowest: random.between(20, 100), amid: 0.15 },
      latecomer: true,
      hasty: true,
      sharedRecords: few(random),
      weights: { crashStaging: 22, writeStaging: 28, write: 30, burst: 30, resolve: 20 },
    }),
  },
  opening: {
    weight: 7,
    size: [175, 31],
    changes: (random) => ({
      tabs: random.between(2, 3),
      network: { latency: random.between(80, 200) },
      weights: { killTab: 12, closeTab: 16, crashOpening: 8, overtake: 30 },
    }),
  },
  answers: {
    weight: 7,
    size: [230, 38],
    changes: (random) => ({
      sharedRecords: 1,
      devices: random.between(2, 3),
      tabs: 2,
      hasty: true,
      weights: { resolve: 50, syncNow: 10, offline: 6 },
    }),
  },
  letters: {
    weight: 8,
    size: [200, 33],
    changes: (random) => ({
      sharedRecords: few(random),
      poison: 0.25,
      weights: { family: 20, letter: 45, cancel: 25, takeBack: 20, together: 40, partition: 8 },
    }),
  },
  'one collection': {
    weight: 7,
    size: [175, 31],
    changes: (random) => ({
      sharedRecords: 1,
      favourite: random.pick(['logs', 'prices', 'prices', 'pages', 'notes', 'tasks']),
      weights: { write: 60, offline: 5 },
    }),
  },
  moves: {
    weight: 7,
    size: [175, 33],
    changes: (random) => ({
      scopes: random.between(2, 3),
      sharedRecords: few(random),
      favourite: 'cards',
      weights: { move: 60, write: 60, cancel: 4, letter: 4, leave: 2 },
    }),
  },
  rights: {
    weight: 5,
    size: [165, 32],
    changes: (random) => ({
      scopes: random.between(1, 3),
      weights: { revoke: 30, expireToken: 12, move: 15, write: 60 },
    }),
  },
  foresight: {
    weight: 5,
    size: [165, 32],
    changes: () => ({
      sharedRecords: 1,
      tabs: 1,
      weights: { preflight: 60, write: 40, offline: 4 },
    }),
  },
  copies: {
    weight: 6,
    size: [190, 36],
    changes: (random) => ({
      copies: true,
      devices: random.between(2, 3),
      weights: { clone: 10, rewind: 14, write: 50, closeTab: 5, killTab: 5 },
    }),
  },
  restores: {
    weight: 5,
    size: [170, 34],
    changes: () => ({
      restores: true,
      weights: { restore: 30, write: 60 },
    }),
  },
  lifetimes: {
    weight: 7,
    size: [170, 32],
    changes: (random) => ({
      lifetimes: true,
      twoUsers: false,
      chaos: random.between(60_000, 240_000),
      sharedRecords: few(random),
      client: {
        pollEvery: random.between(20_000, 60_000),
        retryBase: random.between(500, 2_000),
        retryCap: random.between(8_000, 20_000),
      },
      clockSkew: random.between(600_000, 86_400_000),
      network: { dropResponse: 0.35 },
      weights: {
        expireRecords: 30,
        away: 60,
        clockJump: 15,
        write: 60,
        together: 14,
        killTab: 6,
        closeTab: 6,
      },
    }),
  },
  limits: {
    weight: 4,
    size: [180, 34],
    changes: (random) => ({
      chaos: random.between(15_000, 90_000),
      archive: drawKeeping(random),
      drops: random.chance(0.7),
      favourite: 'logs',
      client: {
        maxOps: random.between(3, 10),
        pollEvery: random.between(8_000, 20_000),
        retryCap: random.between(4_000, 10_000),
      },
      weights: { write: 50, burst: 50, together: 40, offline: 12, partition: 8 },
    }),
  },
  consent: {
    weight: 4,
    size: [170, 32],
    changes: (random) => ({
      consent: random.chance(0.7) ? 'attention' : 'last',
      sharedRecords: few(random),
      weights: { write: 50, burst: 30, offline: 10, partition: 8, consent: 20, preflight: 0 },
    }),
  },
  upgrades: {
    weight: 5,
    size: [175, 32],
    changes: (random) => ({
      upgrades: true,
      varied: 0,
      leases: false,
      twoUsers: false,
      servers: random.between(1, 3),
      sharedRecords: few(random),
      weights: { upgrade: 40, write: 60, burst: 20, together: 14, offline: 10, preflight: 8 },
    }),
  },
}

/** Long enough that nobody's guess at the time matters. */
const drawKeeping = (random: SeededRandom): Keeping => {
  const olderThan = random.between(12_000, 60_000)
  const grace = random.chance(0.5) ? 0 : random.between(0, olderThan)
  return { keep: random.between(0, 8), olderThan, grace }
}

const weights = Object.fromEntries(Object.entries(themes).map(([name, { weight }]) => [name, weight]))

/** A theme, and what it makes of a world. */
export const drawTheme = (random: SeededRandom): SwarmChanges =>
  themeChanges(random.weighted(weights), random)

/** What a theme makes of a world. */
export const themeChanges = (name: string, random: SeededRandom): SwarmChanges => {
  const { size, changes } = themes[name] ?? {}
  if (size === undefined) return {}
  const [events, actions] = size
  return { events, actions, ...changes?.(random) }
}
