import { hasCode } from '@holdfast/core'
import type { CounterName } from '../counters.ts'
import { leaseTime } from '../model/leases.ts'
import type { Actors } from './actors.ts'
import type { Tab } from './tab.ts'

const expected = [
  'LEASE_LOST',
  'NETWORK_UNREACHABLE',
  'FORBIDDEN_OR_MISSING',
  'CONFLICT',
  'DEPENDENCY',
  'INVALID',
  'STORAGE_FULL',
  'STORAGE_FAILED',
  'STORAGE_LOCKED',
  'QUEUE_FULL',
  'SCOPE_NOT_JOINED',
  'NOT_FOUND',
  'CLOSED',
] as const

type Doing = 'ask' | 'acquire' | 'renew' | 'release' | 'write'

const done: Readonly<Record<Exclude<Doing, 'write'>, CounterName>> = {
  ask: 'lease asked for',
  acquire: 'lease acquired',
  renew: 'lease renewed',
  release: 'lease given back',
}

/** Less than a lease is granted for: who waits longer has lost it. */
const patience = { timeoutMs: 2_000 }

/** Somebody wants to edit a form: asks for it, or goes on with what she has, and writes. */
export const useLease = (actors: Actors, tab: Tab): void => {
  const { sim, writes, random } = actors
  const writer = tab.writer()
  const { joined } = tab.device.mirror
  if (writer === undefined || joined.length === 0) return
  const scope = random.pick(joined)
  const id = `forms-${random.between(1, Math.min(2, sim.swarm.sharedRecords))}`
  // Now and then past the end of it.
  const later = Array.from({ length: random.between(1, 3) }, () => random.between(0, 1_200))
  const renewAfter = random.chance(0.6) ? random.between(200, leaseTime) : undefined

  const movesAfter =
    sim.scopes.length > 1 && random.chance(0.4) ? random.between(0, leaseTime / 2) : undefined

  const start = (doing: Exclude<Doing, 'write'>): Promise<unknown> => {
    switch (doing) {
      case 'ask':
        return writer.ask('forms', id)
      case 'acquire':
        return writer.acquire('forms', id, patience)
      case 'renew':
        return writer.renew('forms', id, patience)
      case 'release':
        return writer.release('forms', id)
    }
  }

  const afterwards = (ms: number, run: () => void): void => {
    tab.process.after(ms, 'somebody edits', () => {
      if (sim.isChaos()) run()
    })
  }

  const use = async (doing: Doing): Promise<void> => {
    try {
      if (doing !== 'write') {
        await start(doing)
        sim.counters.add(done[doing])
      }
      if (doing === 'release' || doing === 'renew') return
      for (const delay of later) afterwards(delay, () => writes.form(tab, { id, scope }))
      if (movesAfter !== undefined) afterwards(movesAfter, () => writes.moveForm(tab, id))
      if (renewAfter !== undefined) afterwards(renewAfter, () => void use('renew'))
    } catch (error) {
      if (!tab.process.isAlive()) return
      if (hasCode(error, 'LEASE_LOST')) sim.counters.add('lease not granted')
      // A first request makes the lease too: two in one.
      const isTooSmall = sim.swarm.client.batch < 2 && hasCode(error, 'TOO_LARGE')
      if (isTooSmall || expected.some((code) => hasCode(error, code))) return
      sim.guard(() => {
        throw error
      })
    }
  }
  void use(random.weighted({ ask: 6, acquire: 6, renew: 2, release: 6, write: 3 }))
}
