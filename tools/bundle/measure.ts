import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

export interface Bundle {
  /** Minified and gzipped: what travels. */
  readonly bytes: number
  /** Files that left something in the bundle after tree shaking, with forward slashes. */
  readonly modules: readonly string[]
  /** What could not be bundled: built-in modules of Node, packages that are not installed. */
  readonly left: readonly string[]
}

/**
 * Bundles one of `tools/bundle/entries` for a browser as an app's build does: one minified module, from the sources.
 * Packages in `without` are left out, to see what they take.
 */
export const measure = async (entry: string, without: readonly string[] = []): Promise<Bundle> => {
  const build = await rolldown({
    input: `${import.meta.dirname}/entries/${entry}.ts`,
    platform: 'browser',
    resolve: { conditionNames: ['holdfast-source', 'import', 'module', 'browser', 'default'] },
    external: (id) => without.some((name) => id === name || id.startsWith(`${name}/`)),
    // What could not be resolved is told by `left`.
    logLevel: 'silent',
  })
  // As vite 8 asks for it in a production build (docs/decisions/0014).
  const { output } = await build.generate({
    format: 'esm',
    minify: true,
    topLevelVar: true,
    comments: { annotation: false },
  })
  await build.close()
  const chunks = output.filter((file) => file.type === 'chunk')
  const files = new Set(chunks.map(({ fileName }) => fileName))
  return {
    bytes: chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0),
    modules: chunks.flatMap(({ modules }) =>
      Object.entries(modules)
        .filter(([, { renderedLength }]) => renderedLength > 0)
        .map(([path]) => path.replaceAll('\\', '/')),
    ),
    left: chunks
      .flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])
      .filter((name) => !files.has(name)),
  }
}
