import { SyncError } from '../base/errors.ts'
import type { CorePart, CoreParts, PartOf } from './core-part.ts'
import type { Plugin } from './define-plugin.ts'
import type { HookName } from './hooks.ts'

type Kind = CorePart['kind']

/** Hooks that nothing but a part calls. */
const neededBy: ReadonlyMap<string, Kind> = new Map<HookName, Kind>([
  ['compactQueue', 'compaction'],
  ['expireQueue', 'expiry'],
  ['migrateRecord', 'migration'],
  ['migrateOperation', 'migration'],
])

/** What one plugin brings is there for all. @throws SyncError MISCONFIGURED: a hook would never be called */
export const partsOf = (plugins: readonly Plugin[]): CoreParts => {
  const brought = plugins.flatMap(({ parts = [] }) => parts)
  const ofKind = <TKind extends Kind>(kind: TKind): PartOf<TKind> | undefined =>
    brought.find((part): part is PartOf<TKind> => part.kind === kind)
  const parts: CoreParts = {
    compaction: ofKind('compaction'),
    expiry: ofKind('expiry'),
    archive: ofKind('archive'),
    migration: ofKind('migration'),
  }
  for (const { name, hooks = {} } of plugins)
    for (const [hook, handler] of Object.entries(hooks)) {
      const kind = handler === undefined ? undefined : neededBy.get(hook)
      if (kind !== undefined && parts[kind] === undefined)
        throw lacking(kind, `The hook ${hook} of the plugin "${name}"`)
    }
  return parts
}

/** `what`: that which needs the part. */
export const lacking = (kind: Kind, what: string): SyncError<'MISCONFIGURED'> => {
  const part = `${kind}Part`
  const message = `${what} needs a part of core: give its plugin parts: [${part}], with ${part} of "@holdfast/core/parts".`
  return new SyncError('MISCONFIGURED', message, { option: 'plugins' })
}
