import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type InlineConfig, type Plugin } from 'vite'

const common: InlineConfig = {
  configFile: false,
  root: import.meta.dirname,
  logLevel: 'warn',
  // The sources of the packages: nothing has to be built before.
  resolve: { conditions: ['holdfast-source', 'module', 'browser', 'production'] },
}

/**
 * The app's pages and, knowing their files, its service worker.
 * @param plugins of Vite, for a build that is not quite this one
 */
export const buildApp = async (folder: string, plugins: readonly Plugin[] = []): Promise<void> => {
  const at = (file: string): string => join(import.meta.dirname, file)
  await build({
    ...common,
    plugins: [...plugins],
    build: {
      outDir: folder,
      emptyOutDir: true,
      // React and the SDK in one file: all of it is needed for the first picture.
      chunkSizeWarningLimit: 800,
      rolldownOptions: { input: [at('index.html'), at('two.html')] },
    },
  })
  await build({
    ...common,
    publicDir: false,
    plugins: [...plugins],
    define: shellIn(folder),
    build: {
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: {
        input: at('src/worker/service-worker.ts'),
        output: { format: 'iife', entryFileNames: 'service-worker.js' },
      },
    },
  })
}

/** Each page by the address that it is visited at: a cache does not keep the redirection from another one. */
const addressOf = (file: string): string => {
  const path = `/${file.replaceAll('\\', '/')}`
  return path === '/index.html' ? '/' : path.replace(/\.html$/, '')
}

const shellIn = (folder: string): Record<'shellFiles' | 'shellVersion', string> => {
  const files = globSync('**/*.*', { cwd: folder }).toSorted()
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(readFileSync(join(folder, file)))
  return {
    shellFiles: JSON.stringify(files.map(addressOf)),
    shellVersion: JSON.stringify(hash.digest('hex').slice(0, 12)),
  }
}
