import type { StorageAdapter } from '@holdfast/core/storage'
import type { SeededRandom, VirtualTime } from '@holdfast/core/testing'
import type { Journal } from '../checks/journal-world.ts'
import { toViolation, type Violation } from '../checks/violation.ts'
import type { Counters } from '../counters.ts'
import type { Plants } from '../planted/plants.ts'
import type { OpenServerStore } from '../stores/sqlite-server.ts'
import type { Histories } from './histories.ts'
import type { Lives } from './lives.ts'
import type { Rights } from './rights.ts'
import type { Shelf } from './shelf.ts'
import type { Swarm } from './swarm.ts'
import type { Trace } from './trace.ts'

/** What all parts of one simulated world share. */
export interface Sim {
  readonly seed: number
  readonly swarm: Swarm
  readonly random: SeededRandom
  readonly time: VirtualTime
  /** The wall clock of all machines at the start of virtual time. */
  readonly epoch: number
  readonly trace: Trace
  readonly counters: Counters
  /** The scopes of this world. */
  readonly scopes: readonly string[]
  readonly journalOf: (scope: string) => Journal
  readonly histories: Histories
  readonly plants: Plants
  /** Makes the place where a device keeps its data. */
  readonly openPlace: () => StorageAdapter
  /** The store of a server's process; undefined: it is in memory. */
  readonly openServerStore: OpenServerStore | undefined
  /** Clients of which there is, or was, more than one store. */
  readonly doubtful: Set<string>
  /** Operations that were made, on the newest version, by a device that held the lease. */
  readonly held: Set<string>
  /** What somebody asked to take back: operations, or their transactions. */
  readonly takenBack: Set<string>
  /** Operations of backups that somebody restored; true: the server had not decided them by then. */
  readonly restored: Map<string, boolean>
  /** Operations that a store had when it was copied. */
  readonly inherited: Set<string>
  readonly rights: Rights
  readonly lives: Lives
  readonly shelf: Shelf
  /** Runs a check where a throw would be taken for the product's own; the first violation ends the run. */
  readonly guard: (check: () => void) => void
  readonly violation: () => Violation | undefined
  /** False from the quiet phase on: no new faults. */
  readonly isChaos: () => boolean
}

/** `isExpected`: it may come to anybody, from anywhere. */
export const createGuard = (isExpected: (error: unknown) => boolean): Pick<Sim, 'guard' | 'violation'> => {
  let first: Violation | undefined
  return {
    guard(check) {
      if (first !== undefined) return
      try {
        check()
      } catch (error) {
        if (!isExpected(error)) first = toViolation(error)
      }
    },
    violation: () => first,
  }
}
