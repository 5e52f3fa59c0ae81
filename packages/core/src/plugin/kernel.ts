import { SyncError } from '../base/errors.ts'
import type { Plugin } from './define-plugin.ts'
import type { ClientHooks, Hook, HookName } from './hooks.ts'
import { pluginFailed } from './plugin-failed.ts'

type ValueOf<TName extends HookName> = Parameters<ClientHooks[TName]>[0]

interface Registered<TName extends HookName> {
  readonly plugin: string
  readonly handler: ClientHooks[TName]
}

/** Runs the hooks of all plugins, one after the other. */
export interface HookRunner {
  readonly has: (name: HookName) => boolean
  /** @throws SyncError PLUGIN_FAILED naming plugin and hook; a SyncError that a hook throws passes as it is */
  readonly waterfall: <TName extends WaterfallName>(
    name: TName,
    value: ValueOf<TName>,
  ) => Promise<ValueOf<TName>>
  /** Tells every hook, also after one failed. What failed is returned, wrapped; nothing is thrown. */
  readonly observe: <TName extends ObserveName>(
    name: TName,
    value: ValueOf<TName>,
  ) => Promise<readonly SyncError[]>
}

type WaterfallName = {
  [TName in HookName]: ReturnType<ClientHooks[TName]> extends void | Promise<void> ? never : TName
}[HookName]
type ObserveName = Exclude<HookName, WaterfallName>

const places = { first: 0, middle: 1, last: 2 }

const placeOf = (hook: Hook<unknown>): number =>
  typeof hook === 'object' && hook !== null && 'order' in hook
    ? places[hook.order as 'first' | 'last']
    : places.middle

const handlerOf = <THandler>(hook: Hook<THandler>): THandler =>
  typeof hook === 'object' && hook !== null && 'handler' in hook ? hook.handler : hook

/** @throws SyncError MISCONFIGURED when two plugins share a name */
export const createHookRunner = (plugins: readonly Plugin[]): HookRunner => {
  const names = new Set<string>()
  for (const { name } of plugins) {
    if (names.has(name)) {
      throw new SyncError('MISCONFIGURED', `Two plugins are called "${name}"; leave one out.`, {
        option: 'plugins',
      })
    }
    names.add(name)
  }

  const sorted = <TName extends HookName>(name: TName): readonly Registered<TName>[] =>
    plugins
      .flatMap((plugin) => {
        const hook = plugin.hooks?.[name]
        return hook === undefined ? [] : [{ plugin: plugin.name, hook, place: placeOf(hook) }]
      })
      .sort((left, right) => left.place - right.place)
      .map(({ plugin, hook }) => ({ plugin, handler: handlerOf<ClientHooks[TName]>(hook) }))

  const cache = new Map<HookName, readonly Registered<HookName>[]>()
  const hooksOf = (name: HookName): readonly Registered<HookName>[] => {
    const known = cache.get(name) ?? sorted(name)
    cache.set(name, known)
    return known
  }

  return {
    has: (name) => hooksOf(name).length > 0,
    async waterfall(name, value) {
      let current = value
      for (const { plugin, handler } of hooksOf(name)) {
        try {
          current = (await (handler as Waterfall)(current)) as typeof value
        } catch (error) {
          throw error instanceof SyncError ? error : pluginFailed(plugin, name, error)
        }
      }
      return current
    },
    async observe(name, value) {
      const failures: SyncError[] = []
      for (const { plugin, handler } of hooksOf(name)) {
        try {
          await (handler as Waterfall)(value)
        } catch (error) {
          failures.push(pluginFailed(plugin, name, error))
        }
      }
      return failures
    },
  }
}

type Waterfall = (value: unknown) => unknown
