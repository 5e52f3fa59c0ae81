/** A plugin whose hooks all throw while they are broken, and else do nothing. */
export interface Breakable {
  readonly hooks: Readonly<Record<string, (value: unknown) => unknown>>
  /** Hooks that were called, broken or not. */
  readonly called: ReadonlySet<string>
  broken: boolean
}

export const breakable = (...names: readonly string[]): Breakable => {
  const called = new Set<string>()
  const plugin: Breakable = {
    called,
    broken: false,
    hooks: Object.fromEntries(
      names.map((name) => [
        name,
        (value: unknown) => {
          called.add(name)
          if (plugin.broken) throw new Error(`no luck in ${name}`)
          return value
        },
      ]),
    ),
  }
  return plugin
}
