import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp } from '../../../examples/field-notes/build.ts'
import { startServer, type Server } from '../../../examples/field-notes/src/server/server.ts'

export interface BuiltApp extends AsyncDisposable {
  /** Serves it over a database of its own. */
  readonly serve: () => Promise<Server & AsyncDisposable>
}

/** The example as its users get it, in a temporary folder. */
export const buildFieldNotes = async (): Promise<BuiltApp> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-field-notes-'))
  const pages = join(folder, 'pages')
  await buildApp(pages)
  let databases = 0
  return {
    async serve() {
      const server = await startServer({
        folder: pages,
        filename: join(folder, `server-${(databases += 1)}.db`),
      })
      return { ...server, [Symbol.asyncDispose]: server.stop }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
