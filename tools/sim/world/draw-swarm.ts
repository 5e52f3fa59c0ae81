import type { SeededRandom } from '@holdfast/core/testing'
import { changeSwarm, type ActionName, type Swarm } from './swarm.ts'
import { withRetention } from './retention.ts'
import { withSecondTheme } from './second-theme.ts'
import { drawTheme } from './themes.ts'
import { keepsAll } from './app-plugins.ts'
import { variedNames } from './varied-schema.ts'

const usual: Readonly<Record<ActionName, number>> = {
  write: 40,
  burst: 10,
  tabs: 10,
  resolve: 12,
  pause: 2,
  start: 3,
  syncNow: 3,
  offline: 3,
  partition: 3,
  killTab: 2,
  killDevice: 1,
  crashTab: 4,
  crashDevice: 2,
  crashStaging: 4,
  storageFails: 3,
  closeTab: 2,
  crashServer: 4,
  clockJump: 2,
  join: 6,
  leave: 4,
  together: 16,
  family: 3,
  cancel: 6,
  letter: 6,
  takeBack: 2,
  writeStaging: 4,
  crashLeaving: 3,
  crashOpening: 2,
  overtake: 3,
  switchUser: 12,
  move: 6,
  expireToken: 2,
  revoke: 4,
  preflight: 6,
  clone: 0,
  rewind: 0,
  restore: 0,
  pay: 24,
  lease: 60,
  away: 0,
  consent: 0,
  upgrade: 0,
  expireRecords: 0,
  prune: 0,
  absence: 0,
  backup: 0,
}
const always: ReadonlySet<ActionName> = new Set(['write', 'burst', 'tabs', 'resolve'])

export const drawSwarm = (random: SeededRandom): Swarm => {
  const themed = changeSwarm(drawPlain(random), drawTheme(random.fork('theme')))
  const both = withSecondTheme(themed, random.fork('two themes'))
  const favoured = withFavourite(both, random.fork('favourite'))
  return withRetention(withCompaction(favoured, random.fork('compaction')), random.fork('retention'))
}

/** In some worlds much is written on few records before any of it is sent, and folded. */
const withCompaction = (swarm: Swarm, random: SeededRandom): Swarm =>
  random.chance(0.88)
    ? swarm
    : changeSwarm(swarm, {
        compaction: random.between(2, 8),
        sharedRecords: 1,
        favourite: swarm.favourite ?? random.pick(['logs', 'solos', 'tasks', 'tasks']),
        weights: { burst: 50, tabs: 20, offline: 16, pause: 10 },
      })

/** Some worlds are about one strategy or some field types. */
const withFavourite = (swarm: Swarm, random: SeededRandom): Swarm => {
  if (swarm.varied === 0 || random.chance(0.6)) return swarm
  const favourite = random.pick([
    ...variedNames.filter((name) => name !== 'accounts'),
    'stocks',
    'texts',
    'sheets',
  ] as const)
  return { ...swarm, favourite, sharedRecords: 1 }
}

const drawPlain = (random: SeededRandom): Swarm => {
  const crowd = random.fork('crowd')
  const scopes = Number(random.fork('scopes').weighted({ 1: 5, 2: 3, 3: 2 }))
  const parts = random.fork('transactions')
  const some = (most: number): number => (random.chance(0.5) ? random.next() * most : 0)
  const pages = random.fork('pages')
  const varieties = random.fork('varieties')
  const leases = random.fork('leases').chance(0.12)
  const varied = varieties.chance(0.6) ? 0.3 + varieties.next() * 0.6 : 0
  const weight = (name: ActionName): number =>
    always.has(name) || random.chance(0.5) ? usual[name] * (0.5 + random.next()) : 0
  return {
    scopes,
    devices: random.chance(0.1) ? 4 : Number(crowd.weighted({ 1: 1, 2: 3, 3: 8, 5: 1 })),
    tabs: Number(crowd.weighted({ 1: 2, 2: 6, 3: 2 })),
    twoUsers: crowd.chance(0.15),
    sharedUser: random.chance(0.3),
    servers: random.between(1, 2) + (crowd.chance(0.2) ? 1 : 0),
    actions: random.between(18, 30),
    chaos: random.between(5_000, 15_000),
    events: random.between(115, 140),
    sharedRecords: random.between(1, 4),
    client: {
      batch: random.chance(0.3) ? random.between(1, 4) : random.between(5, 200),
      page: pages.chance(0.4) ? pages.between(1, 8) : 500,
      maxOps: random.chance(0.15) ? random.between(3, 12) : 5_000,
      pollEvery: random.between(8_000, 60_000),
      retryBase: random.between(100, 1_000),
      retryCap: random.between(1_500, 8_000),
    },
    page: random.chance(0.3) ? random.between(2, 6) : 500,
    network: {
      latency: random.between(5, 120),
      dropRequest: some(0.2),
      dropResponse: some(0.2),
      duplicate: some(0.2),
      late: some(0.12),
      foreign: { none: 1, 401: some(0.04), 429: some(0.08), 503: some(0.08), html: some(0.08) },
    },
    storage: {
      slow: some(0.4),
      slowest: random.between(2, 200),
      lateNotice: some(0.6),
      widenNotice: some(0.2),
      amid: crowd.chance(0.1) ? 0.1 : 0,
    },
    server: {
      slow: some(0.3),
      authorizeFails: some(0.08),
      unstorable: some(0.05),
      stubborn: parts.chance(0.4) ? parts.next() * 0.3 : 0,
    },
    clockSkew: random.chance(0.5) ? 0 : random.between(1_000, 86_400_000),
    weights: {
      write: weight('write'),
      burst: weight('burst'),
      tabs: weight('tabs'),
      resolve: weight('resolve'),
      pause: weight('pause'),
      start: weight('start'),
      syncNow: weight('syncNow'),
      offline: weight('offline'),
      partition: weight('partition'),
      killTab: weight('killTab'),
      killDevice: weight('killDevice'),
      crashTab: weight('crashTab'),
      crashDevice: weight('crashDevice'),
      crashStaging: pages.chance(0.5) ? usual.crashStaging : 0,
      storageFails: weight('storageFails'),
      closeTab: weight('closeTab'),
      crashServer: weight('crashServer'),
      clockJump: weight('clockJump'),
      join: scopes > 1 ? usual.join : 0,
      leave: scopes > 1 ? usual.leave : 0,
      together: usual.together * parts.next(),
      family: parts.chance(0.5) ? usual.family : 0,
      cancel: parts.chance(0.5) ? usual.cancel : 0,
      letter: parts.chance(0.5) ? usual.letter : 0,
      writeStaging: crowd.chance(0.3) ? usual.writeStaging : 0,
      takeBack: crowd.chance(0.3) ? usual.takeBack : 0,
      crashLeaving: scopes > 1 ? usual.crashLeaving : 0,
      crashOpening: crowd.chance(0.3) ? usual.crashOpening : 0,
      overtake: crowd.chance(0.3) ? usual.overtake : 0,
      switchUser: usual.switchUser,
      expireToken: crowd.chance(0.5) ? usual.expireToken : 0,
      revoke: crowd.chance(0.3) ? usual.revoke : 0,
      clone: usual.clone,
      rewind: usual.rewind,
      restore: usual.restore,
      preflight: crowd.chance(0.5) ? usual.preflight : 0,
      move: scopes > 1 ? usual.move : 0,
      pay: varied > 0 && varieties.chance(0.6) ? usual.pay : 0,
      lease: leases ? usual.lease : 0,
      away: usual.away,
      consent: usual.consent,
      upgrade: usual.upgrade,
      expireRecords: usual.expireRecords,
      prune: usual.prune,
      absence: usual.absence,
      backup: usual.backup,
    },
    resolveAtEnd: random.chance(0.4),
    latecomer: pages.chance(0.3),
    copies: false,
    restores: false,
    poison: 0.04,
    hasty: crowd.chance(0.15),
    varied,
    leases,
    compaction: 0,
    retention: 0,
    lifetimes: false,
    archive: keepsAll,
    drops: false,
    consent: 'none',
    upgrades: false,
  }
}
