import { mkdtempSync } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp } from '../../../examples/field-notes/build.ts'
import { startServer, type Server } from '../../../examples/field-notes/src/server/server.ts'

export interface BuiltApp extends AsyncDisposable {
  /** The folder of its files. */
  readonly pages: string
  /** Serves it over a database of its own. */
  readonly serve: () => Promise<ServedApp>
}

export interface ServedApp extends Server, AsyncDisposable {
  /** From now on this one is served, with the same data. */
  readonly deploy: (next: BuiltApp) => Promise<void>
}

/** The example as its users get it, in a temporary folder; with plugins of Vite one that differs. */
export const buildFieldNotes = async (
  ...plugins: NonNullable<Parameters<typeof buildApp>[1]>
): Promise<BuiltApp> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-field-notes-'))
  const pages = join(folder, 'pages')
  await buildApp(pages, plugins)
  let servers = 0
  return {
    pages,
    async serve() {
      servers += 1
      const served = join(folder, `served-${servers}`)
      await cp(pages, served, { recursive: true })
      const server = await startServer({ folder: served, filename: join(folder, `server-${servers}.db`) })
      return {
        ...server,
        async deploy(next) {
          await rm(served, { recursive: true })
          await cp(next.pages, served, { recursive: true })
        },
        [Symbol.asyncDispose]: server.stop,
      }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
