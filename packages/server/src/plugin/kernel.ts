import { SyncError, isSyncError, type Environment } from '@holdfast/core'
import { orderHooks, type OrderedHook } from '@holdfast/core/protocol'
import { GivenUp } from '../apply/given-up.ts'
import type { Logger } from '../logger.ts'
import { assertReturned } from './assert-returned.ts'
import type { ServerHookName, ServerHooks, ServerPlugin, ServerSide } from './hooks.ts'
import { OutOfTime, withinTime } from './within-time.ts'

type ValueOf<TDatabase, TName extends ServerHookName> = Parameters<ServerHooks<TDatabase>[TName]>[0]

/** Runs the hooks of all plugins, one after the other, each within its time. */
export interface ServerHookRunner<TDatabase> {
  /** @throws SyncError what a hook threw, or PLUGIN_FAILED naming plugin and hook */
  readonly waterfall: <TName extends 'migrateRecord' | 'migrateOperation' | 'acceptOperation'>(
    name: TName,
    value: ValueOf<TDatabase, TName>,
  ) => Promise<ValueOf<TDatabase, TName>>
  /** @throws SyncError as `waterfall`; GivenUp where it took too long */
  readonly ask: <TName extends 'beforeJudge' | 'beforeApply'>(
    name: TName,
    value: ValueOf<TDatabase, TName>,
  ) => Promise<void>
  readonly has: (name: ServerHookName) => boolean
  /** Tells every hook, also after one failed. Failures are logged. */
  readonly tell: (name: 'afterCommit', value: ValueOf<TDatabase, 'afterCommit'>) => Promise<void>
}

interface Options<TDatabase> {
  readonly plugins: readonly ServerPlugin<TDatabase>[]
  readonly environment: Environment
  readonly logger: Logger
  /** Milliseconds for each hook. */
  readonly hookMs: number
}

const hooksIn = <TDatabase>(server: ServerSide<TDatabase> = {}): object => {
  const { operations: _, start: __, ...hooks } = server
  return hooks
}

/** Hooks that have a transaction at hand. */
const hasTransaction: ReadonlySet<ServerHookName> = new Set(['beforeJudge', 'beforeApply'])

/** @throws SyncError MISCONFIGURED when two plugins share a name, or a hook is none */
export const createServerHookRunner = <TDatabase>(
  options: Options<TDatabase>,
): ServerHookRunner<TDatabase> => {
  const { plugins, environment, logger, hookMs } = options
  const hooksOf = orderHooks(plugins.map(({ name, server }) => ({ name, hooks: hooksIn(server) })))

  const call = async (
    name: ServerHookName,
    { plugin, handler }: OrderedHook,
    value: unknown,
  ): Promise<unknown> => {
    try {
      const returned: unknown = await withinTime(environment.timers, hookMs, async () => handler(value))
      assertReturned(name, returned)
      return returned
    } catch (error) {
      if (isSyncError(error)) throw error
      logger.error('A plugin failed.', { plugin, hook: name, error })
      const failed = new SyncError(
        'PLUGIN_FAILED',
        `The server's plugin "${plugin}" failed in ${name}.`,
        { plugin, hook: name, reason: 'see the server log' },
        { cause: error },
      )
      // It goes on, and has the transaction at hand: what it still writes must not be committed with others.
      throw hasTransaction.has(name) && error instanceof OutOfTime ? new GivenUp(failed) : failed
    }
  }

  return {
    has: (name) => hooksOf(name).length > 0,
    async waterfall(name, value) {
      let current: unknown = value
      for (const hook of hooksOf(name)) current = await call(name, hook, current)
      return current as typeof value
    },
    async ask(name, value) {
      for (const hook of hooksOf(name)) await call(name, hook, value)
    },
    async tell(name, value) {
      for (const hook of hooksOf(name)) {
        try {
          await call(name, hook, value)
        } catch (error) {
          if (isSyncError(error) && error.code !== 'PLUGIN_FAILED') {
            logger.error('A plugin refused what is done already.', { plugin: hook.plugin, hook: name, error })
          }
        }
      }
    },
  }
}
