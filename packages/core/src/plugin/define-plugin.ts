import type { Environment } from '../base/environment.ts'
import type { Schema } from '../model/schema.ts'
import type { CorePart } from './core-part.ts'
import type { HookTable } from './hooks.ts'
import type { PluginClient } from './plugin-client.ts'

/** What a plugin gets when the client starts. */
export interface PluginContext {
  readonly user: string
  readonly schemaVersion: string
  readonly schema: Schema
  readonly log: (message: string) => void
  /** Clock, timers, randomness and ids, as the client has them. */
  readonly environment: Environment
  /**
   * The client itself, once it is there: for hooks and for what `setup` returns.
   * @throws SyncError CLOSED before that
   */
  readonly client: () => PluginClient
  /** The same, once it is there. Never settles where the client could not be made. */
  readonly started: Promise<PluginClient>
}

/**
 * An extension of the client. What `setup` returns is `client.plugins.<name>`.
 * `server` is for the same plugin's half in `createSyncRouter` and means nothing to the client: its type comes from
 * there (`satisfies ServerHookTable`), and one object serves both sides.
 */
export interface Plugin<TName extends string = string, TApi = unknown, TServer = unknown> {
  readonly name: TName
  readonly setup?: (context: PluginContext) => TApi
  readonly hooks?: HookTable
  /** Of `@holdfast/core/parts`: what the hooks, or calls of `PluginClient`, need of core. */
  readonly parts?: readonly CorePart[]
  readonly server?: TServer
}

/** Gives a plugin its exact type. */
export const definePlugin = <const TName extends string, TApi = undefined, TServer = never>(
  plugin: Plugin<TName, TApi, TServer>,
): Plugin<TName, TApi, TServer> => plugin
