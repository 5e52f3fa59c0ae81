import { z } from 'zod'
import { startKeeper } from '../servers/start-keeper.ts'

export interface PgBouncer extends AsyncDisposable {
  /** The URL of a database of the server behind it, through it. */
  readonly through: (url: string) => string
  readonly version: string
}

const report = z.object({ port: z.number(), version: z.string() })

/** PgBouncer in transaction mode in front of a server of this machine; it ends with this process. */
export const startPgBouncer = async (server: string, poolSize: number): Promise<PgBouncer> => {
  const keeper = await startKeeper(`${import.meta.dirname}/keeper.ts`, [server, String(poolSize)])
  const { port, version } = report.parse(keeper.report)
  return {
    version,
    through(url) {
      const through = new URL(url)
      through.port = String(port)
      return through.href
    },
    [Symbol.asyncDispose]: () => keeper[Symbol.asyncDispose](),
  }
}
