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
  throw wronglyReturned(hook, 'it must return the same items in the same order')
}

/** All its plugins made the value together: which one was wrong is not known. */
export const wronglyReturned = (hook: HookName, reason: string): SyncError<'PLUGIN_FAILED'> => {
  const message = `A plugin failed in ${hook}: ${reason}.`
  return new SyncError('PLUGIN_FAILED', message, { plugin: 'unknown', hook, reason })
}
