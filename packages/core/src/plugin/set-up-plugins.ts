import { hasCode } from '../base/errors.ts'
import type { Plugin, PluginContext } from './define-plugin.ts'
import { pluginFailed } from './plugin-failed.ts'

/**
 * What each plugin's `setup` returned, by plugin name.
 * @throws SyncError MISCONFIGURED, as the plugin says it; else PLUGIN_FAILED naming the plugin
 */
export const setUpPlugins = (
  plugins: readonly Plugin[],
  contextOf: (plugin: string) => PluginContext,
): Readonly<Record<string, unknown>> => {
  const setUp = ({ name, setup }: Plugin): unknown => {
    try {
      return setup?.(contextOf(name))
    } catch (error) {
      throw hasCode(error, 'MISCONFIGURED') ? error : pluginFailed(name, 'setup', error)
    }
  }
  return Object.fromEntries(plugins.map((plugin) => [plugin.name, setUp(plugin)]))
}
