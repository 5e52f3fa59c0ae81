import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import express from 'express'
import { encodePortable, type ServerRow } from '@holdfast/core/protocol'
import { allowAll } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { applyMigrations, prismaStore } from '@holdfast/server/prisma'
import { PrismaClient } from '../../packages/server/prisma/sqlite/generated/client.ts'
import { bundleScript } from '../../tools/chromium/bundle-script.ts'
import { pageOf } from '../../tools/chromium/serve-script.ts'
import { listen } from '../harness/listen.ts'
import { digestOf } from './digest.ts'
import { accountId, bankSchema, bankScope, opening } from './schema.ts'

/** A request of a device, as it came over HTTP. */
export interface Asked {
  /** Who asked, by the header `x-asker`. */
  readonly asker: string
  readonly procedure: string
  /** What tells one page from another: the page token or the cursor; empty for the first one. */
  readonly from: string
}

export interface BankServer extends AsyncDisposable {
  readonly url: string
  readonly asked: readonly Asked[]
  /** One text for all accounts with their balances. */
  readonly digest: () => Promise<string>
}

/** Express, Prisma and a SQLite file with so many accounts; at `/app` the device as a page. */
export const startBank = async (databaseFile: string, accounts: number): Promise<BankServer> => {
  const adapter = new PrismaBetterSqlite3({ url: `file:${databaseFile}` })
  await applyMigrations({ adapter })
  const prisma = new PrismaClient({ adapter })
  const store = prismaStore(prisma)
  await openAccounts(store, accounts)

  const page = lazily(async () => pageOf(await bundleScript(`${import.meta.dirname}/pages/device-page.ts`)))
  const asked: Asked[] = []
  const app = express()
  app.use('/sync', (request, _response, next) => {
    if (request.method === 'GET') asked.push(readAsked(request))
    next()
  })
  const sync = createSyncMiddleware({
    schema: bankSchema,
    store,
    authenticate: ({ headers }) => ({ id: String(headers['x-user']) }),
    scopes: () => [bankScope],
    authorize: allowAll,
    tokenSecrets: ['a secret for tests of thirty-two bytes'],
    rates: 'none',
  })
  app.use('/sync', sync)
  app.get('/app', async (_request, response) => {
    response.type('html').send(await page())
  })
  const listening = await listen(app)
  return {
    url: `${listening.url}/sync`,
    asked,
    async digest() {
      const rows = await prisma.holdfastRecord.findMany({ select: { recordId: true, data: true } })
      return digestOf(rows.map(({ recordId, data }) => [recordId, (JSON.parse(data) as Balance).balance]))
    },
    async [Symbol.asyncDispose]() {
      await listening[Symbol.asyncDispose]()
      await prisma.$disconnect()
    },
  }
}

const lazily = <TResult>(make: () => Promise<TResult>): (() => Promise<TResult>) => {
  let made: Promise<TResult> | undefined
  return () => (made ??= make())
}

interface Balance {
  readonly balance: number
}

const readAsked = ({ headers, path, query }: express.Request): Asked => {
  const { input } = query
  const { json } = JSON.parse(typeof input === 'string' ? input : '{"json":{}}') as {
    readonly json: { readonly pageToken?: string; readonly cursor?: string }
  }
  const from = json.pageToken ?? json.cursor ?? ''
  return { asker: String(headers['x-asker']), procedure: path.slice(1), from }
}

const rowsPerWrite = 1_000

const openAccounts = async (store: ReturnType<typeof prismaStore>, accounts: number): Promise<void> => {
  for (let first = 0; first < accounts; first += rowsPerWrite) {
    const count = Math.min(rowsPerWrite, accounts - first)
    await store.write(bankScope, (tx) =>
      tx.save({
        rows: Array.from({ length: count }, (_, index) => toRow(first + index)),
        operations: [],
        resends: [],
        client: { clientId: 'founder', userId: 'founder', instance: 'i', watermark: 0 },
        head: { head: first + count, nonce: `n${first}` },
      }),
    )
  }
}

const toRow = (index: number): ServerRow => {
  const id = accountId(index)
  const seq = index + 1
  const at = {
    version: 1,
    clientId: 'founder',
    userId: 'founder',
    otherVersion: 0,
    timestamp: 1_750_000_000_000,
    seq,
  }
  const data = { id, owner: `owner of ${id}, ${encodePortable(index)}`, balance: opening }
  return {
    collection: 'accounts',
    id,
    version: 1,
    seq,
    bornSeq: seq,
    deleted: false,
    data,
    fieldVersions: { id: at, owner: at, balance: at },
    updatedAt: at.timestamp,
    updatedBy: 'founder',
  }
}
