import { ClientChanged } from '../client-changed.ts'
import type { ClientBinding, ServerStore, WriteTransaction } from '../contract.ts'
import { createReads } from './reads.ts'
import { withChanges } from './save.ts'
import { createMemoryServerState, lockOf, snapshotOf, type MemoryServerState } from './state.ts'

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

  const attempt = async <TResult>(
    scope: string,
    run: (tx: WriteTransaction<NoDatabase>) => Promise<TResult>,
  ): Promise<TResult> => {
    assertAlive()
    await step('locked', scope)
    let draft = snapshotOf(state, scope)
    const seen = new Map<string, ClientBinding | undefined>()
    const bindings = new Map<string, ClientBinding>()
    const clientOf = (clientId: string): ClientBinding | undefined => {
      const stored = state.clients.get(clientId)
      if (!seen.has(clientId)) seen.set(clientId, stored)
      return bindings.get(clientId) ?? stored
    }
    const result = await run({
      database: undefined,
      state: draft.state,
      ...createReads(() => draft, clientOf),
      async save(changes) {
        const { clientId, userId, instance } = changes.client
        const known = clientOf(clientId)
        draft = withChanges(draft, changes)
        if (known?.userId !== userId || known.instance !== instance)
          bindings.set(clientId, { userId, instance })
      },
    })
    await step('before-commit', scope)
    assertAlive()
    for (const [clientId, binding] of seen) {
      // Another scope's transaction rotated or bound the client meanwhile.
      if (state.clients.get(clientId) !== binding) throw new ClientChanged()
    }
    state.scopes.set(scope, draft)
    for (const [clientId, binding] of bindings) state.clients.set(clientId, binding)
    await step('after-commit', scope)
    return result
  }

  return {
    write: (scope, run) =>
      lockOf(state, scope).run(async () => {
        for (let attempts = 1; ; attempts += 1) {
          try {
            return await attempt(scope, run)
          } catch (error) {
            if (!(error instanceof ClientChanged) || attempts === maxAttempts) throw error
          }
        }
      }),
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
    isTransient: (error) => error instanceof ClientChanged,
  }
}
