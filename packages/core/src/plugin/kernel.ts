import { SyncError } from '../base/errors.ts'
import type { Plugin } from './define-plugin.ts'
import type { HookRunner } from './hook-runner.ts'
import { orderHooks } from './order-hooks.ts'
import { pluginFailed } from './plugin-failed.ts'
import { returnedCheck } from './returned-check.ts'

/** @throws SyncError MISCONFIGURED when two plugins share a name, or a hook is none */
export const createHookRunner = (plugins: readonly Plugin[]): HookRunner => {
  const hooksOf = orderHooks(plugins)

  return {
    has: (name) => hooksOf(name).length > 0,
    async waterfall(name, value) {
      let current = value
      for (const { plugin, handler } of hooksOf(name)) {
        try {
          const check = returnedCheck(name, current)
          const returned = await handler(current)
          check(returned)
          current = returned as typeof value
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
          await handler(copyOf(value))
        } catch (error) {
          failures.push(pluginFailed(plugin, name, error))
        }
      }
      return failures
    },
  }
}

/** What an observing hook does to what it is told concerns nobody else. */
const copyOf = (value: object): object =>
  Array.isArray(value) ? value.map((item: object) => ({ ...item })) : { ...value }
