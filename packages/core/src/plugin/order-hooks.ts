import { SyncError } from '../base/errors.ts'

/** A plugin, as far as one side is concerned: its table for the client, or that for the server. */
interface Hooked {
  readonly name: string
  readonly hooks?: object | undefined
}

/** A handler, and whose it is. */
export interface OrderedHook {
  readonly plugin: string
  readonly handler: (value: unknown) => unknown
}

interface Placed extends OrderedHook {
  readonly place: number
}

const places = { first: 0, middle: 1, last: 2 }

const misconfigured = (message: string): SyncError<'MISCONFIGURED'> =>
  new SyncError('MISCONFIGURED', message, { option: 'plugins' })

const checkNames = (plugins: readonly Hooked[]): void => {
  const names = new Set<string>()
  for (const { name } of plugins) {
    if (names.has(name)) throw misconfigured(`Two plugins are called "${name}"; leave one out.`)
    names.add(name)
  }
}

const isHandler = (value: unknown): value is OrderedHook['handler'] => typeof value === 'function'

const place = (plugin: string, name: string, hook: unknown): Placed => {
  if (isHandler(hook)) return { plugin, handler: hook, place: places.middle }
  const { order, handler } = (hook ?? {}) as { readonly order?: unknown; readonly handler?: unknown }
  if (isHandler(handler) && (order === 'first' || order === 'last')) {
    return { plugin, handler, place: places[order] }
  }
  throw misconfigured(
    `The hook ${name} of the plugin "${plugin}" must be a function, or { order: 'first' or 'last', handler }.`,
  )
}

/** One plugin's hook of a name, in a list: of none, or of one. */
const hookOf = ({ name: plugin, hooks }: Hooked, name: string): readonly Placed[] => {
  const hook = (hooks as Readonly<Record<string, unknown>> | undefined)?.[name]
  return hook === undefined ? [] : [place(plugin, name, hook)]
}

/**
 * The one rule of order, for the client's hooks and the server's: `first`, then the middle, then `last`, and among
 * themselves in the order of the plugins.
 * @throws SyncError MISCONFIGURED when two plugins share a name, or a hook is none
 */
export const orderHooks = (plugins: readonly Hooked[]): ((name: string) => readonly OrderedHook[]) => {
  checkNames(plugins)
  for (const plugin of plugins) for (const name of Object.keys(plugin.hooks ?? {})) hookOf(plugin, name)

  const known = new Map<string, readonly OrderedHook[]>()
  return (name) => {
    const ordered =
      known.get(name) ??
      plugins.flatMap((plugin) => hookOf(plugin, name)).sort((left, right) => left.place - right.place)
    known.set(name, ordered)
    return ordered
  }
}
