import { SyncError } from '../base/errors.ts'
import type { HookName } from './hooks.ts'

interface Item {
  readonly id: string
}

/**
 * A hook may change what items carry, not which there are: a dropped change would leave a hole in what this device
 * has, a dropped operation one in what it sent.
 * @throws SyncError PLUGIN_FAILED
 */
export const checkHooked = (hook: HookName, before: readonly Item[], after: readonly Item[]): void => {
  const returned: unknown = after
  const isList = Array.isArray(returned) && after.length === before.length
  if (isList && before.every(({ id }, index) => after[index]?.id === id)) return
  const reason = 'it must return the same items in the same order'
  throw new SyncError('PLUGIN_FAILED', `A plugin failed in ${hook}: ${reason}.`, {
    plugin: 'unknown',
    hook,
    reason,
  })
}
