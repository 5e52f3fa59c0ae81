import type { SeededRandom } from '@holdfast/core/testing'
import type { Keeping } from '../checks/archive.ts'
import type { SwarmChanges } from './swarm.ts'

/** What some worlds are about: seldom things that only happen where they come together. */
const themes = [
  'none',
  'scopes',
  'transactions',
  'paging',
  'opening',
  'answers',
  'letters',
  'one collection',
  'moves',
  'rights',
  'foresight',
  'copies',
  'restores',
  'lifetimes',
  'limits',
  'consent',
  'upgrades',
] as const
export type Theme = (typeof themes)[number]

const weights: Readonly<Record<Theme, number>> = {
  none: 32,
  scopes: 9,
  transactions: 9,
  paging: 9,
  opening: 7,
  answers: 7,
  letters: 8,
  'one collection': 7,
  moves: 7,
  rights: 5,
  foresight: 5,
  copies: 6,
  restores: 5,
  lifetimes: 7,
  limits: 4,
  consent: 4,
  upgrades: 5,
}

const changesFor = (theme: Theme, random: SeededRandom): SwarmChanges => {
  switch (theme) {
    case 'none':
      return {}
    case 'scopes':
      return {
        events: 180,
        actions: 33,
        scopes: random.between(2, 3),
        weights: { leave: 30, join: 25, crashLeaving: 12, offline: 6, partition: 6, closeTab: 4 },
        network: { dropResponse: 0.25 },
      }
    case 'transactions':
      return {
        events: 185,
        actions: 33,
        scopes: random.between(1, 3),
        tabs: random.between(2, 3),
        sharedRecords: random.between(1, 2),
        weights: { together: 70, resolve: 40, letter: 8, offline: 5 },
      }
    case 'paging':
      return {
        events: 280,
        actions: 46,
        page: random.between(2, 3),
        client: { page: random.between(1, 4) },
        storage: { slow: 0.1, slowest: random.between(20, 100), amid: 0.15 },
        latecomer: true,
        hasty: true,
        sharedRecords: random.between(1, 2),
        weights: { crashStaging: 22, writeStaging: 28, write: 30, burst: 30, resolve: 20 },
      }
    case 'opening':
      return {
        events: 175,
        actions: 31,
        tabs: random.between(2, 3),
        network: { latency: random.between(80, 200) },
        weights: { killTab: 12, closeTab: 16, crashOpening: 8, overtake: 30 },
      }
    case 'answers':
      return {
        events: 230,
        actions: 38,
        sharedRecords: 1,
        devices: random.between(2, 3),
        tabs: 2,
        hasty: true,
        weights: { resolve: 50, syncNow: 10, offline: 6 },
      }
    case 'letters':
      return {
        events: 200,
        actions: 33,
        sharedRecords: random.between(1, 2),
        poison: 0.25,
        weights: { family: 20, letter: 45, cancel: 25, takeBack: 20, together: 40, partition: 8 },
      }
    case 'moves':
      return {
        events: 175,
        actions: 33,
        scopes: random.between(2, 3),
        sharedRecords: random.between(1, 2),
        favourite: 'cards',
        weights: { move: 60, write: 60, cancel: 4, letter: 4, leave: 2 },
      }
    case 'rights':
      return {
        events: 165,
        actions: 32,
        scopes: random.between(1, 3),
        weights: { revoke: 30, expireToken: 12, move: 15, write: 60 },
      }
    case 'copies':
      return {
        events: 190,
        actions: 36,
        copies: true,
        devices: random.between(2, 3),
        weights: { clone: 10, rewind: 14, write: 50, closeTab: 5, killTab: 5 },
      }
    case 'restores':
      return {
        events: 170,
        actions: 34,
        restores: true,
        weights: { restore: 30, write: 60 },
      }
    case 'lifetimes':
      return {
        events: 170,
        actions: 32,
        lifetimes: true,
        twoUsers: false,
        chaos: random.between(60_000, 240_000),
        sharedRecords: random.between(1, 2),
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
      }
    case 'limits':
      return {
        events: 180,
        actions: 34,
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
      }
    case 'consent':
      return {
        events: 170,
        actions: 32,
        consent: random.chance(0.7) ? 'attention' : 'last',
        sharedRecords: random.between(1, 2),
        weights: { write: 50, burst: 30, offline: 10, partition: 8, consent: 20, preflight: 0 },
      }
    case 'upgrades':
      return {
        events: 175,
        actions: 32,
        upgrades: true,
        varied: 0,
        leases: false,
        twoUsers: false,
        servers: random.between(1, 3),
        sharedRecords: random.between(1, 2),
        weights: { upgrade: 40, write: 60, burst: 20, together: 14, offline: 10, preflight: 0 },
      }
    case 'foresight':
      return {
        events: 165,
        actions: 32,
        sharedRecords: 1,
        tabs: 1,
        weights: { preflight: 60, write: 40, offline: 4 },
      }
    case 'one collection':
      return {
        events: 175,
        actions: 31,
        sharedRecords: 1,
        favourite: random.pick(['logs', 'prices', 'prices', 'pages', 'notes', 'tasks']),
        weights: { write: 60, offline: 5 },
      }
  }
}

/** Long enough that nobody's guess at the time matters. */
const drawKeeping = (random: SeededRandom): Keeping => {
  const olderThan = random.between(12_000, 60_000)
  const grace = random.chance(0.5) ? 0 : random.between(0, olderThan)
  return { keep: random.between(0, 8), olderThan, grace }
}

/** A theme, and what it makes of a world. */
export const drawTheme = (random: SeededRandom): SwarmChanges => changesFor(random.weighted(weights), random)
