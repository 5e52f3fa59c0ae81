import { SyncError, reasonOf } from '../base/errors.ts'

/** `hook`: what of the plugin was called. */
export const pluginFailed = (plugin: string, hook: string, error: unknown): SyncError<'PLUGIN_FAILED'> => {
  const reason = reasonOf(error)
  const message = `The plugin "${plugin}" failed in ${hook} (${reason}): mend it or leave it out, then try again.`
  return new SyncError('PLUGIN_FAILED', message, { plugin, hook, reason }, { cause: error })
}
