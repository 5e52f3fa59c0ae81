import type { ServerStore, WriteTransaction } from '@holdfast/server'
import type { ServerStep } from '@holdfast/server/testing'
import type { Turns } from './turns.ts'

export type OnServerStep = (step: ServerStep, scope: string) => void | Promise<void>

const withoutDatabase = (tx: WriteTransaction): WriteTransaction<undefined> => ({
  ...tx,
  database: undefined,
})

/**
 * A store over a real database, in a process that may die at each step of a write. `turns` are those of the database:
 * all processes wait for each other, as over one connection, and virtual time may pass in between.
 */
export const steppingStore = (
  store: ServerStore,
  turns: Turns,
  onStep: OnServerStep,
): ServerStore<undefined> => {
  let death: { readonly error: unknown } | undefined

  const assertAlive = (): void => {
    if (death !== undefined) throw death.error
  }

  const step = async (name: ServerStep, scope: string): Promise<void> => {
    try {
      await onStep(name, scope)
    } catch (error) {
      death = { error }
      throw error
    }
  }

  /** The steps around what a transaction does. */
  const stepped = async <TResult>(scope: string, run: () => Promise<TResult>): Promise<TResult> => {
    await step('locked', scope)
    const result = await run()
    await step('before-commit', scope)
    assertAlive()
    return result
  }

  const inTurn = <TResult>(run: () => Promise<TResult>): Promise<TResult> =>
    turns(async () => {
      assertAlive()
      return run()
    })

  return {
    write: (scope, run) =>
      inTurn(async () => {
        const result = await store.write(scope, (tx) => stepped(scope, () => run(withoutDatabase(tx))))
        await step('after-commit', scope)
        return result
      }),
    writeBoth: (scopes, run) =>
      inTurn(async () => {
        const [main] = scopes
        const result = await store.writeBoth(scopes, (first, second) =>
          stepped(main, () => run(withoutDatabase(first), withoutDatabase(second))),
        )
        await step('after-commit', main)
        return result
      }),
    read: (scope, run) => inTurn(() => store.read(scope, (tx) => run({ ...tx, database: undefined }))),
    scopes: (after, limit) => inTurn(() => store.scopes(after, limit)),
    isTransient: (error) => store.isTransient(error),
  }
}
