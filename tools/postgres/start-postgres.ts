import { z } from 'zod'
import { startKeeper } from '../servers/start-keeper.ts'
import type { Binaries } from './binaries.ts'

export interface Postgres extends AsyncDisposable {
  /** Of a database from which others can be created and dropped. */
  readonly url: string
  /** Where it comes from, for people. */
  readonly source: string
}

export interface PostgresOptions {
  /** True: commits wait for the disk. Default false. */
  readonly durable?: boolean
  /** Default: `DATABASE_URL`, else what is installed, else npm's. */
  readonly from?: Binaries['from']
}

const report = z.object({ url: z.string(), version: z.number(), from: z.string() })

/** A real PostgreSQL server: the one that `DATABASE_URL` names, or one of its own that ends with this process. */
export const startPostgres = async ({ durable = false, from }: PostgresOptions = {}): Promise<Postgres> => {
  const given = process.env['DATABASE_URL'] ?? ''
  if (from === undefined && /^postgres(ql)?:/.test(given)) {
    return { url: given, source: 'DATABASE_URL', [Symbol.asyncDispose]: async () => undefined }
  }
  const options = [...(durable ? ['--durable'] : []), ...(from === undefined ? [] : [`--from=${from}`])]
  const keeper = await startKeeper(`${import.meta.dirname}/keeper.ts`, options)
  const { url, version, from: source } = report.parse(keeper.report)
  return {
    url,
    source: `PostgreSQL ${version}, ${source}`,
    [Symbol.asyncDispose]: () => keeper[Symbol.asyncDispose](),
  }
}
