import type { Keeping } from '../checks/archive.ts'
import type { Consent } from '../checks/consent.ts'
import type { CollectionName } from './schema.ts'

/** What a seed turns on. Everything at once would hide what only shows when little else happens. */
export interface Swarm {
  readonly devices: number
  /** Tabs of each device, 1 to 3. */
  readonly tabs: number
  /** The first machine has two users, of whom one is there at a time. */
  readonly twoUsers: boolean
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
  /** Stores are copied: cloned, or put back to what they were. */
  readonly copies: boolean
  /** The server's database is put back to what it was. */
  readonly restores: boolean
  /** How often a write contains what the server refuses. */
  readonly poison: number
  /** Somebody answers conflicts as soon as they are there. */
  readonly hasty: boolean
  /** How many of the writes are in collections with other strategies, with field types, or in the bank. */
  readonly varied: number
  /** Devices compact what they did not send, each time after so many writes; 0: they never do. */
  readonly compaction: number
  /** Servers forget what is older, in milliseconds, where `prune` happens; 0: they never do. */
  readonly retention: number
  /** Some records are written under leases. */
  readonly leases: boolean
  /** Some operations do not live for ever. */
  readonly lifetimes: boolean
  /** What devices keep of decided operations. */
  readonly archive: Keeping
  /** What lies in a full queue of some collections makes room. */
  readonly drops: boolean
  /** The app has a new version, which servers and devices get one after the other. */
  readonly upgrades: boolean
  /** What devices do about what may meet others. */
  readonly consent: Consent
  /** A collection that every other write is in. */
  readonly favourite?: CollectionName
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
  /** How often, at a step amid something that takes several commits, the process dies or somebody writes. */
  readonly amid: number
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
  'takeBack',
  'writeStaging',
  'crashLeaving',
  'crashOpening',
  'overtake',
  'switchUser',
  'move',
  'expireToken',
  'revoke',
  'preflight',
  'clone',
  'rewind',
  'restore',
  'pay',
  'lease',
  'away',
  'consent',
  'upgrade',
  'expireRecords',
  'prune',
  'absence',
  'backup',
] as const
export type ActionName = (typeof actionNames)[number]

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
  archive: { ...swarm.archive, ...changes.archive },
  weights: { ...swarm.weights, ...changes.weights },
})
