import type { Changes, ServerStore, WriteTransaction } from '@holdfast/server'
import type { ServerStep } from '@holdfast/server/testing'
import type { Forgotten } from '../checks/journal-state.ts'
import { pruneIn } from './pruning.ts'
import type { ServerFaults } from './server-faults.ts'
import type { Sim } from './sim.ts'

type Saved = Changes & { readonly scope: string; readonly clock: number }

/** What the servers' transactions save and forget, told to the journals once it is committed. */
export interface StoreNotes {
  /** Notes what is saved through it, and lets the database fail. */
  readonly watched: (store: ServerStore<undefined>, clock: () => number) => ServerStore<undefined>
  /** The write of a server in a scope came to this step. */
  readonly onStep: (step: ServerStep, index: number, scope: string) => void
  /** The database is another one. */
  readonly clear: () => void
}

interface Place {
  /** The scope whose write it is, and the one of its two that is meant. */
  readonly main: string
  readonly scope: string
  readonly clock: number
}

export const createStoreNotes = (sim: Sim, faults: ServerFaults): StoreNotes => {
  const { swarm, trace, counters, scopes, journalOf } = sim
  /** What the write under way in each scope has saved so far. */
  const saved = new Map<string, Saved[]>()
  /** What it has forgotten. */
  const pruned = new Map<string, Forgotten>()

  const tellJournals = (index: number, scope: string): void => {
    const changes = saved.get(scope) ?? []
    const decided = changes.flatMap(({ operations }) => operations)
    trace.note(`server ${index} commits ${decided.length}`, () =>
      decided.map(({ operationId, verdict }) => `${operationId.slice(-4)} ${verdict.kind}`).join(),
    )
    sim.guard(() => {
      for (const each of [scope, ...scopes.filter((other) => other !== scope)]) {
        const ofScope = changes.filter((one) => one.scope === each)
        if (ofScope.length > 0) journalOf(each).onCommit(ofScope)
      }
      const gone = pruned.get(scope)
      if (gone !== undefined) journalOf(scope).onForgotten(gone)
      counters.add('tombstone forgotten', gone?.tombstones.length ?? 0)
      counters.add('verdict forgotten', gone?.operations.length ?? 0)
    })
  }

  const noted = (
    tx: WriteTransaction<undefined>,
    { main, scope, clock }: Place,
  ): WriteTransaction<undefined> => ({
    ...tx,
    async save(changes) {
      for (const { operationId } of changes.operations) {
        if (!faults.failsNow('unstorable', operationId, swarm.server.unstorable)) continue
        counters.add('batch split')
        throw new Error(`The database can't store ${operationId} now.`)
      }
      await tx.save(changes)
      saved.set(main, [...(saved.get(main) ?? []), { ...changes, scope, clock }])
    },
    async prune(request) {
      const { told, forgotten } = await pruneIn(tx, journalOf(scope), request)
      pruned.set(scope, forgotten)
      return told
    },
  })

  return {
    watched: (store, clock) => ({
      ...store,
      write: (at, run) => store.write(at, (tx) => run(noted(tx, { main: at, scope: at, clock: clock() }))),
      writeBoth: ([from, to], run) =>
        store.writeBoth([from, to], (first, second) => {
          const now = clock()
          return run(
            noted(first, { main: from, scope: from, clock: now }),
            noted(second, { main: from, scope: to, clock: now }),
          )
        }),
    }),
    onStep(step, index, scope) {
      if (step === 'after-commit') tellJournals(index, scope)
      if (step === 'before-commit') return
      saved.delete(scope)
      pruned.delete(scope)
    },
    clear: () => saved.clear(),
  }
}
