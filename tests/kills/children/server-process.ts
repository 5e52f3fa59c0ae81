import { readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import express from 'express'
import { allowAll } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { prismaStore, type SqlRunner } from '@holdfast/server/prisma'
import { openPrisma } from '../../../packages/server/test/support/open-prisma.ts'
import { listen } from '../../harness/listen.ts'
import { killsSchema, killsScope } from '../app/schema.ts'
import { forgetful } from './planted.ts'

/**
 * A server in a process of its own, to be killed. Its only argument: these options, as JSON. Prints its URL once it
 * serves; ends with its standard input.
 */
export interface ServerProcessOptions {
  readonly database: string
  /** A script, for which it serves a page at `/app`. */
  readonly script?: string
  /** With the planted fault `forgetful`. */
  readonly planted?: boolean
}

const run = async (): Promise<void> => {
  const { database, script, planted } = JSON.parse(process.argv[2] ?? '') as ServerProcessOptions
  process.stdin.once('close', () => process.exit()).resume()
  const store = prismaStore<SqlRunner>(openPrisma(database))
  const sync = createSyncMiddleware({
    schema: killsSchema,
    store: planted === true ? forgetful(store) : store,
    authenticate: ({ headers }) =>
      headers.authorization === undefined ? undefined : { id: headers.authorization },
    scopes: () => [killsScope],
    authorize: allowAll,
    tokenSecrets: ['a secret that all processes share, of 32 bytes'],
    rates: 'none',
  })
  const app = express().use('/sync', sync)
  if (script !== undefined) {
    app.get('/app.js', (_request, response) => void response.type('js').send(readFileSync(script)))
    app.get('/app', (_request, response) => {
      response.type('html').send('<!doctype html><title>Holdfast</title><script src="/app.js"></script>')
    })
  }
  const { url } = await listen(app)
  process.stdout.write(`${url}\n`)
  flushCompileCache()
}

await run()
