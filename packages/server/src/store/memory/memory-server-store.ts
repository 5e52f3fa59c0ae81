import { ClientChanged } from '../client-changed.ts'
import type { ClientBinding, ServerStore, WriteTransaction } from '../contract.ts'
import { pruned } from './prune.ts'
import { addEvents, createMemoryOutbox } from './outbox.ts'
import { createReads } from './reads.ts'
import { withChanges } from './save.ts'
import {
  createMemoryServerState,
  lockOf,
  snapshotOf,
  type MemoryServerState,
  type ScopeSnapshot,
} from './state.ts'

/** The places in a write where a process may die. */
export type ServerStep = 'locked' | 'before-commit' | 'after-commit'

export interface MemoryServerStoreOptions {
  /** Shared by the stores of several "processes". Default: a state of its own. */
  readonly state?: MemoryServerState
  /**
   * Called at each step of a write. When it throws, this store is dead like its process, and every later call
   * rejects with the same error; a new store on the same state goes on with what was committed.
   */
  readonly onStep?: (step: ServerStep, scope: string) => void | Promise<void>
}

/** The app's `tx` over this store: there is no database to hand over. */
export type NoDatabase = undefined

const maxAttempts = 5

/** A server store in memory, without timers: the same calls give the same results in the same order. */
export const memoryServerStore = (options: MemoryServerStoreOptions = {}): ServerStore<NoDatabase> => {
  const state = options.state ?? createMemoryServerState()
  let death: { readonly error: unknown } | undefined

  const assertAlive = (): void => {
    if (death !== undefined) throw death.error
  }

  const step = async (name: ServerStep, scope: string): Promise<void> => {
    try {
      await options.onStep?.(name, scope)
    } catch (error) {
      death = { error }
      throw error
    }
  }

  interface Draft {
    readonly scope: string
    readonly tx: WriteTransaction<NoDatabase>
    readonly snapshot: () => ScopeSnapshot
  }

  const attempt = async <TResult>(
    scopes: readonly string[],
    run: (txs: readonly WriteTransaction<NoDatabase>[]) => Promise<TResult>,
  ): Promise<TResult> => {
    assertAlive()
    const seen = new Map<string, ClientBinding | undefined>()
    const bindings = new Map<string, ClientBinding>()
    const clientOf = (clientId: string): ClientBinding | undefined => {
      const stored = state.clients.get(clientId)
      if (!seen.has(clientId)) seen.set(clientId, stored)
      return bindings.get(clientId) ?? stored
    }
    const open = (scope: string): Draft => {
      let draft = snapshotOf(state, scope)
      const tx: WriteTransaction<NoDatabase> = {
        database: undefined,
        state: draft.state,
        ...createReads(() => draft, clientOf),
        async save(changes) {
          draft = withChanges(draft, changes)
          if (changes.client === undefined) return
          const { clientId, userId, instance } = changes.client
          const known = clientOf(clientId)
          if (known?.userId !== userId || known.instance !== instance)
            bindings.set(clientId, { userId, instance })
        },
        async prune(request) {
          const { snapshot, told } = pruned(draft, request)
          draft = snapshot
          return told
        },
        async attempt(run) {
          const before = draft
          let isKept = false
          try {
            const { keep, value } = await run()
            isKept = keep
            return value
          } finally {
            if (!isKept) draft = before
          }
        },
      }
      return { scope, tx, snapshot: () => draft }
    }
    const [main = ''] = scopes
    await step('locked', main)
    const drafts = scopes.map(open)
    const result = await run(drafts.map(({ tx }) => tx))
    await step('before-commit', main)
    assertAlive()
    for (const [clientId, binding] of seen) {
      // Another scope's transaction rotated or bound the client meanwhile.
      if (state.clients.get(clientId) !== binding) throw new ClientChanged()
    }
    for (const { scope, snapshot } of drafts) {
      const { events, ...committed } = snapshot()
      state.scopes.set(scope, { ...committed, events: [] })
      addEvents(state, scope, events)
    }
    for (const [clientId, binding] of bindings) state.clients.set(clientId, binding)
    await step('after-commit', main)
    return result
  }

  const retried = async <TResult>(
    scopes: readonly string[],
    run: (txs: readonly WriteTransaction<NoDatabase>[]) => Promise<TResult>,
  ): Promise<TResult> => {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt(scopes, run)
      } catch (error) {
        if (!(error instanceof ClientChanged) || attempts === maxAttempts) throw error
      }
    }
  }

  return {
    write: (scope, run) => lockOf(state, scope).run(() => retried([scope], ([tx]) => run(opened(tx)))),
    writeBoth: (scopes, run) => {
      const [low = '', high = ''] = [...scopes].sort()
      return lockOf(state, low).run(() =>
        lockOf(state, high).run(() =>
          retried(scopes, ([first, second]) => run(opened(first), opened(second))),
        ),
      )
    },
    async read(scope, run) {
      assertAlive()
      const snapshot = snapshotOf(state, scope)
      const clients = new Map(state.clients)
      return await run({
        database: undefined,
        state: snapshot.state,
        ...createReads(
          () => snapshot,
          (clientId) => clients.get(clientId),
        ),
      })
    },
    scopes: async (after, limit) =>
      [...state.scopes.keys()]
        .filter((name) => after === undefined || name > after)
        .sort()
        .slice(0, limit),
    outbox: createMemoryOutbox(state),
    isTransient: (error) => error instanceof ClientChanged,
  }
}

const opened = (tx: WriteTransaction<NoDatabase> | undefined): WriteTransaction<NoDatabase> => {
  if (tx === undefined) throw new Error('A transaction was asked for a scope that it does not have.')
  return tx
}
