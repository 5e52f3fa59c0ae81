import { gzipSync } from 'node:zlib'
import { rolldown, type RolldownOutput } from 'rolldown'

export interface Bundle {
  /** Minified and gzipped: what travels. */
  readonly bytes: number
  /** Files that left something in the bundle after tree shaking, with forward slashes. */
  readonly modules: readonly string[]
  /** Of these, and of the bytes: what a page loads at once, without what it imports later. */
  readonly first: { readonly bytes: number; readonly modules: readonly string[] }
  /** What could not be bundled: built-in modules of Node, packages that are not installed. */
  readonly left: readonly string[]
}

type Chunk = Extract<RolldownOutput['output'][number], { readonly type: 'chunk' }>

const bytesOf = (chunks: readonly Chunk[]): number =>
  chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0)

const modulesOf = (chunks: readonly Chunk[]): readonly string[] =>
  chunks.flatMap(({ modules }) =>
    Object.entries(modules)
      .filter(([, { renderedLength }]) => renderedLength > 0)
      .map(([path]) => path.replaceAll('\\', '/')),
  )

/** The entry, and what it imports in the plain way, all the way down. */
const firstOf = (chunks: readonly Chunk[]): readonly Chunk[] => {
  const found = new Set(chunks.filter(({ isEntry }) => isEntry))
  for (const { imports } of found)
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) found.add(chunk)
  return [...found]
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
  const first = firstOf(chunks)
  return {
    bytes: bytesOf(chunks),
    modules: modulesOf(chunks),
    first: { bytes: bytesOf(first), modules: modulesOf(first) },
    left: chunks
      .flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])
      .filter((name) => !files.has(name)),
  }
}
