import type { SeededRandom, StorageStep } from '@holdfast/core/testing'
import type { Actors } from './actors.ts'
import { useBackup } from './restoring.ts'
import { changeSwarm, type Swarm, type SwarmChanges } from './swarm.ts'
import type { Tab } from './tab.ts'

const start = 1_750_000_000_000
const day = 86_400_000

/**
 * The wall clock of all machines at the start of virtual time. Where the server forgets, a day ends amid the faults: a
 * cursor names the day on which it was made, and no more.
 */
export const epochOf = ({ retention, chaos }: Swarm): number =>
  retention === 0 ? start : start - (start % day) + day - Math.round(chaos / 3)

/** Servers forget too, and devices stay away for longer than that. */
export const withRetention = (swarm: Swarm, random: SeededRandom): Swarm =>
  random.chance(0.93) ? swarm : changeSwarm(swarm, retentionChanges(random))

/** What such a world is about. */
const retentionChanges = (random: SeededRandom): SwarmChanges => ({
  ...(random.chance(0.6) ? { sharedRecords: 1 } : {}),
  chaos: random.between(9_000, 15_000),
  retention: random.between(500, 3_000),
  weights: { prune: 12, absence: 24, backup: 14, offline: 4 },
})

/** Histories that are lost, and copies of devices, are told apart from what was forgotten by tests of their own (docs/gaps.md). */
export const withoutRetention = (swarm: Swarm): Swarm =>
  swarm.copies || swarm.restores || swarm.lifetimes ? { ...swarm, retention: 0 } : swarm

/** A server runs the job that forgets. */
export const prune = ({ sim, servers }: Pick<Actors, 'sim' | 'servers'>): void => {
  if (sim.swarm.retention > 0) void servers.prune(sim.swarm.retention)
}

const steps: readonly StorageStep[] = ['read:before', 'read:after', 'commit:before', 'commit:after']

/** A device stays away for longer than the server remembers, and writes; others go on, delete, and make anew. */
export const stayAway = (actors: Actors, { device }: Tab): void => {
  const { sim, fleet, writes, random } = actors
  const { retention } = sim.swarm
  if (retention === 0) return
  const away = Math.round(retention * (1.2 + random.next() * 1.5)) + 200
  sim.counters.add('away for longer than the server remembers')
  // What it sends at first arrives, and it never hears of that.
  if (random.chance(0.5)) device.machine.network.loseAnswers(away)
  else device.machine.network.cutOff(away)

  const later = (ms: number, what: string, run: () => void): void => {
    sim.time.after(ms, what, () => {
      if (sim.isChaos()) run()
    })
  }
  const times = (most: number): readonly number[] =>
    Array.from({ length: random.between(0, most) }, () => random.next())
  const others = (run: (tab: Tab) => void): void => {
    const there = fleet.tabs().filter((tab) => tab.device !== device)
    if (there.length > 0) run(random.pick(there))
  }
  const own = (): void => fleet.tabsOf(device).slice(0, 1).forEach(writes.one)
  own()
  for (const at of times(3)) later(at * away, 'it writes', own)
  for (const at of times(4)) later(at * away, 'others write', () => others(writes.one))
  // Early, so that it is forgotten by the end.
  for (const at of [random.next(), ...times(2)])
    later(at * (away - retention), 'somebody deletes', () =>
      others((tab) => {
        const edited = device.mirror.joined.filter((scope) => editedIn(device, scope).size > 0)
        const scope = random.pick(edited.length > 0 ? edited : sim.scopes)
        writes.remove(tab, scope, editedIn(device, scope))
      }),
    )
  later(away - 1, 'the job runs', () => prune(actors))
  armCrash(actors, device)
  later(away + 1, `${device.name} is back`, () => fleet.tabsOf(device).forEach(wantNews))
  const look = (tries: number): void =>
    later(random.between(300, 1_500), 'somebody looks at the backups', () => {
      const [tab] = fleet.tabsOf(device)
      if (tab !== undefined && hasBackup(device)) void useBackup(actors, tab)
      else if (tries > 0) look(tries - 1)
    })
  if (random.chance(0.8)) later(away, 'somebody waits', () => look(4))
}

/** Records of which nobody has what the device wrote. */
const editedIn = ({ mirror }: Tab['device'], scope: string): ReadonlySet<string> =>
  new Set(
    [...(mirror.scopes.get(scope)?.overlays ?? [])].flatMap(([key, { size }]) => (size > 0 ? [key] : [])),
  )

const hasBackup = ({ mirror }: Tab['device']): boolean =>
  [...mirror.backups.values()].some(({ place }) => place === undefined)

const wantNews = ({ requests, client }: Tab): void => {
  requests.onAsked()
  void client()
    ?.syncNow()
    .catch(() => undefined)
}

/** It dies, or somebody writes, at some step of being fetched anew. */
const armCrash = ({ fleet, writes, random }: Actors, device: Tab['device']): void => {
  if (random.chance(0.3)) return
  const at = { step: random.pick(steps), amid: 'resetting', skip: random.between(0, 3) } as const
  if (random.chance(0.6)) device.arm({ kind: 'crash', whole: random.chance(0.5), ...at })
  else device.arm({ kind: 'call', ...at, run: () => fleet.tabsOf(device).forEach(writes.one) })
}
