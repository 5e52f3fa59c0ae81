import type { SyncError } from '../base/errors.ts'
import type { ClientHooks, HookName } from './hooks.ts'

type ValueOf<TName extends HookName> = Parameters<ClientHooks[TName]>[0]

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
