import { SyncError, isSyncError, type Environment } from '@holdfast/core'
import type { Logger } from '../logger.ts'
import type { ServerHook, ServerHookName, ServerHooks, ServerPlugin } from './hooks.ts'
import { withinTime } from './within-time.ts'

type ValueOf<TDatabase, TName extends ServerHookName> = Parameters<ServerHooks<TDatabase>[TName]>[0]

/** Runs the hooks of all plugins, one after the other, each within its time. */
export interface ServerHookRunner<TDatabase> {
  /** @throws SyncError what a hook threw, or PLUGIN_FAILED naming plugin and hook */
  readonly waterfall: <TName extends 'migrateOperation' | 'acceptOperation'>(
    name: TName,
    value: ValueOf<TDatabase, TName>,
  ) => Promise<ValueOf<TDatabase, TName>>
  /** @throws SyncError as `waterfall` */
  readonly ask: (name: 'beforeApply', value: ValueOf<TDatabase, 'beforeApply'>) => Promise<void>
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

interface Registered {
  readonly plugin: string
  readonly handler: (value: unknown) => unknown
}

const places = { first: 0, middle: 1, last: 2 }

const entryOf = (
  hook: ServerHook<(value: never) => unknown>,
): { readonly place: number; readonly handler: Registered['handler'] } =>
  typeof hook === 'function'
    ? { place: places.middle, handler: hook as Registered['handler'] }
    : { place: places[hook.order], handler: hook.handler as Registered['handler'] }

const sorted = <TDatabase>(
  plugins: readonly ServerPlugin<TDatabase>[],
  name: ServerHookName,
): readonly Registered[] =>
  plugins
    .flatMap((plugin) => {
      const hook = plugin.server?.[name]
      return hook === undefined ? [] : [{ plugin: plugin.name, ...entryOf(hook) }]
    })
    .sort((left, right) => left.place - right.place)

const assertNames = (plugins: readonly { readonly name: string }[]): void => {
  const names = new Set<string>()
  for (const { name } of plugins) {
    if (names.has(name)) {
      throw new SyncError('MISCONFIGURED', `Two plugins are called "${name}"; leave one out.`, {
        option: 'plugins',
      })
    }
    names.add(name)
  }
}

/** @throws SyncError MISCONFIGURED when two plugins share a name */
export const createServerHookRunner = <TDatabase>(
  options: Options<TDatabase>,
): ServerHookRunner<TDatabase> => {
  const { plugins, environment, logger, hookMs } = options
  assertNames(plugins)
  const table: Readonly<Record<ServerHookName, readonly Registered[]>> = {
    migrateOperation: sorted(plugins, 'migrateOperation'),
    acceptOperation: sorted(plugins, 'acceptOperation'),
    beforeApply: sorted(plugins, 'beforeApply'),
    afterCommit: sorted(plugins, 'afterCommit'),
  }

  const call = async (
    name: ServerHookName,
    { plugin, handler }: Registered,
    value: unknown,
  ): Promise<unknown> => {
    try {
      return await withinTime(environment.timers, hookMs, async () => handler(value))
    } catch (error) {
      if (isSyncError(error)) throw error
      logger.error('A plugin failed.', { plugin, hook: name, error })
      throw new SyncError(
        'PLUGIN_FAILED',
        `The server's plugin "${plugin}" failed in ${name}.`,
        { plugin, hook: name, reason: 'see the server log' },
        { cause: error },
      )
    }
  }

  return {
    async waterfall(name, value) {
      let current: unknown = value
      for (const hook of table[name]) current = await call(name, hook, current)
      return current as typeof value
    },
    async ask(name, value) {
      for (const hook of table[name]) await call(name, hook, value)
    },
    async tell(name, value) {
      for (const hook of table[name]) {
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
