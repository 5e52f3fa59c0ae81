import { flushCompileCache } from 'node:module'
import express from 'express'
import { SyncError } from '@holdfast/core'
import { allowAll, type ServerStore } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { prismaStore, type SqlRunner } from '@holdfast/server/prisma'
import { openPrisma } from '../../../packages/server/test/support/open-prisma.ts'
import { listen } from '../../harness/listen.ts'
import { forgetful } from '../../kills/children/planted.ts'
import { manySchema, scopesOf } from '../app/schema.ts'
import { hopeful } from './planted.ts'

/**
 * A server in a process of its own, one of several, to be killed. Its only argument: these options, as JSON. Prints its
 * URL once it serves; ends with its standard input.
 */
export interface ServerProcessOptions {
  readonly database: string
  readonly planted?: Planted | undefined
}

/** Faults that the checks have to notice. */
export type Planted = 'hopeful' | 'forgetful'

const openStore = ({ database, planted }: ServerProcessOptions): ServerStore<SqlRunner> => {
  const prisma = openPrisma(database)
  switch (planted) {
    case 'hopeful':
      return hopeful(prismaStore<SqlRunner>(prisma, { attempts: 1 }))
    case 'forgetful':
      return forgetful(prismaStore<SqlRunner>(prisma))
    case undefined:
      return prismaStore<SqlRunner>(prisma)
  }
}

const run = async (): Promise<void> => {
  const options = JSON.parse(process.argv[2] ?? '') as ServerProcessOptions
  process.stdin.once('close', () => process.exit()).resume()
  const sync = createSyncMiddleware({
    schema: manySchema,
    store: openStore(options),
    authenticate: ({ headers }) =>
      headers.authorization === undefined ? undefined : { id: headers.authorization },
    scopes: ({ user }) => scopesOf(user.id),
    authorize: allowAll,
    tokenSecrets: ['a secret that all processes share, of 32 bytes'],
    rates: 'none',
    // What is whole has nothing to say: a connection that ends is one more attempt.
    ...(options.planted !== undefined && { logger: { error: () => undefined } }),
    serverOperations: {
      stocks: {
        take({ record, input }) {
          if (record.left >= input.amount) return { ...record, left: record.left - input.amount }
          throw new SyncError('REFUSED', 'There is not so much left.', { reason: 'sold_out' })
        },
      },
    },
  })
  const { url } = await listen(express().use('/sync', sync))
  process.stdout.write(`${url}\n`)
  flushCompileCache()
}

await run()
