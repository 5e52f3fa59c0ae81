import type { SeededRandom } from '@holdfast/core/testing'

/** What a seed turns on. Everything at once would hide what only shows when little else happens. */
export interface Swarm {
  readonly devices: number
  /** How many scopes there are, 1 to 3. */
  readonly scopes: number
  /** Two of the devices belong to one user. */
  readonly sharedUser: boolean
  readonly servers: number
  readonly actions: number
  /** Virtual milliseconds in which the actions happen. */
  readonly chaos: number
  /** The faults stop after so many events, where there was no end before. */
  readonly events: number
  /** Record ids per collection that everybody uses. */
  readonly sharedRecords: number
  readonly client: ClientSettings
  /** Most changes of a page. */
  readonly page: number
  readonly network: NetworkFaults
  readonly storage: StorageFaults
  readonly server: ServerFaults
  /** Most milliseconds that a device's clock is wrong by. */
  readonly clockSkew: number
  readonly weights: Readonly<Record<ActionName, number>>
  readonly resolveAtEnd: boolean
  /** One device comes when the others have written for a while. */
  readonly latecomer: boolean
}

interface ClientSettings {
  readonly batch: number
  /** Most records of a page that is asked for. */
  readonly page: number
  readonly maxOps: number
  readonly pollEvery: number
  readonly retryBase: number
  readonly retryCap: number
}

interface NetworkFaults {
  readonly latency: number
  readonly dropRequest: number
  readonly dropResponse: number
  readonly duplicate: number
  readonly late: number
  readonly foreign: Readonly<Record<ForeignAnswer, number>>
}

export type ForeignAnswer = 'none' | '401' | '429' | '503' | 'html'

interface StorageFaults {
  readonly slow: number
  readonly slowest: number
  readonly lateNotice: number
  readonly widenNotice: number
}

interface ServerFaults {
  readonly slow: number
  /** How often an operation's authorize fails for now. */
  readonly authorizeFails: number
  /** How often the database can't store an operation for now. */
  readonly unstorable: number
  /** How often nothing can be decided on a record, for long. */
  readonly stubborn: number
}

export const actionNames = [
  'write',
  'burst',
  'tabs',
  'resolve',
  'pause',
  'start',
  'syncNow',
  'offline',
  'partition',
  'killTab',
  'killDevice',
  'crashTab',
  'crashDevice',
  'crashStaging',
  'storageFails',
  'closeTab',
  'crashServer',
  'clockJump',
  'join',
  'leave',
  'together',
  'family',
  'cancel',
  'letter',
] as const
export type ActionName = (typeof actionNames)[number]

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
}
const always: ReadonlySet<ActionName> = new Set(['write', 'burst', 'tabs', 'resolve'])

/** What a kept seed sets by hand: seldom things that have to come together. */
export type SwarmChanges = {
  readonly [TKey in keyof Swarm]?: Swarm[TKey] extends object ? Partial<Swarm[TKey]> : Swarm[TKey]
}

export const changeSwarm = (swarm: Swarm, changes: SwarmChanges): Swarm => ({
  ...swarm,
  ...changes,
  client: { ...swarm.client, ...changes.client },
  network: { ...swarm.network, ...changes.network },
  storage: { ...swarm.storage, ...changes.storage },
  server: { ...swarm.server, ...changes.server },
  weights: { ...swarm.weights, ...changes.weights },
})

export const drawSwarm = (random: SeededRandom): Swarm => {
  const scopes = Number(random.fork('scopes').weighted({ 1: 5, 2: 3, 3: 2 }))
  const parts = random.fork('transactions')
  const some = (most: number): number => (random.chance(0.5) ? random.next() * most : 0)
  const pages = random.fork('pages')
  const weight = (name: ActionName): number =>
    always.has(name) || random.chance(0.5) ? usual[name] * (0.5 + random.next()) : 0
  return {
    scopes,
    devices: random.chance(0.1) ? 4 : 3,
    sharedUser: random.chance(0.3),
    servers: random.between(1, 2),
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
    },
    resolveAtEnd: random.chance(0.4),
    latecomer: pages.chance(0.3),
  }
}
