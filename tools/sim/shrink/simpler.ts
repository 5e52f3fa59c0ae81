import { changeSwarm, type Swarm, type SwarmChanges } from '../world/swarm.ts'

/** Worlds in which less can happen, the simplest first. */
export const simplerWorlds: readonly SwarmChanges[] = [
  { devices: 1, sharedUser: false },
  { devices: 2 },
  { scopes: 1 },
  { servers: 1 },
  { latecomer: false },
  { sharedUser: false },
  { resolveAtEnd: false },
  { clockSkew: 0 },
  { network: { dropRequest: 0 } },
  { network: { dropResponse: 0 } },
  { network: { duplicate: 0 } },
  { network: { late: 0 } },
  { network: { foreign: { none: 1, 401: 0, 429: 0, 503: 0, html: 0 } } },
  { storage: { slow: 0 } },
  { storage: { lateNotice: 0 } },
  { storage: { widenNotice: 0 } },
  { server: { slow: 0 } },
  { server: { authorizeFails: 0 } },
  { server: { unstorable: 0 } },
  { server: { stubborn: 0 } },
  { client: { page: 500 } },
  { client: { batch: 200 } },
  { client: { maxOps: 5_000 } },
  { page: 500 },
  { sharedRecords: 1 },
  { events: 40 },
  { events: 80 },
]

/** Both, the second where they differ. */
export const mergeChanges = (first: SwarmChanges, second: SwarmChanges): SwarmChanges => {
  const merged = changeSwarm(first as Swarm, second)
  return Object.fromEntries(
    Object.entries(merged).filter(
      ([, value]) => typeof value !== 'object' || Object.keys(value as object).length > 0,
    ),
  )
}
