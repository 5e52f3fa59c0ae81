import { allowAll } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { applyMigrations, prismaStore } from '@holdfast/server/prisma'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import express from 'express'
import { PrismaClient } from '../prisma/generated/client.ts'
import { schema } from './schema.ts'

const users = new Map([['token-of-ada', { id: 'ada' }]])
const adapter = new PrismaBetterSqlite3({ url: 'file:server.db' })
await applyMigrations({ adapter })

const sync = createSyncMiddleware({
  schema,
  store: prismaStore(new PrismaClient({ adapter })),
  authenticate: (req) => users.get(req.headers.authorization ?? ''),
  scopes: () => ['team-1'],
  authorize: allowAll,
  tokenSecrets: [process.env['SYNC_SECRET'] ?? 'for trying out only, 32 bytes or more'],
})
express()
  .use('/sync', sync)
  .listen(Number(process.env['PORT'] ?? 3000), () => console.log('listening'))
