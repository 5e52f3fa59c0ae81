import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { applyMigrations, prismaStore } from '@holdfast/server/prisma'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaClient } from '../../prisma/generated/client.ts'
import { answer } from '../ipc/answer.ts'
import { readOptions } from '../ipc/read-options.ts'
import { crew } from '../story/crew.ts'
import { createApp } from './app.ts'
import { serverOptions, type ServerCalls } from './calls.ts'

/** The app's server: its own tables and Holdfast's in one SQLite file, behind Express. */
const { filename } = readOptions(serverOptions)
const adapter = new PrismaBetterSqlite3({ url: `file:${filename}` })
const migrations = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))
await applyMigrations({ adapter })
await applyMigrations({ adapter, directory: migrations })

const prisma = new PrismaClient({ adapter })
await prisma.member.createMany({
  data: crew.map(({ user, token, scope }) => ({ id: user, token, crew: scope })),
})

// The store gets a client of its own: other queries on its connection would end up in its transactions.
const store = prismaStore(new PrismaClient({ adapter }))
let heard = 0
const app = createApp({
  prisma,
  store,
  onRequest: () => {
    heard += 1
  },
})
const listening = app.listen(0, '127.0.0.1')
await once(listening, 'listening')
const { port } = listening.address() as AddressInfo

const calls: ServerCalls = {
  url: async () => `http://127.0.0.1:${port}/trpc`,
  heard: async () => heard,
}
answer(calls)
