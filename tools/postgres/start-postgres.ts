import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
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
  const keeper = spawn(process.execPath, [`${import.meta.dirname}/keeper.ts`, ...options], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const exited = once(keeper, 'exit')
  const errors = text(keeper.stderr)
  const line = await Promise.race([once(keeper.stdout, 'data'), exited.then(() => undefined)])
  if (line === undefined) throw new Error(await errors)
  const { url, version, from: source } = report.parse(JSON.parse(String(line[0])))
  // Nothing of the keeper holds this process open: when it ends, its standard input ends too.
  for (const part of [keeper, keeper.stdin, keeper.stdout, keeper.stderr]) {
    if ('unref' in part && typeof part.unref === 'function') part.unref()
  }
  return {
    url,
    source: `PostgreSQL ${version}, ${source}`,
    async [Symbol.asyncDispose]() {
      keeper.ref()
      keeper.stdin.end()
      await exited
    },
  }
}
