import { copyFileSync, rmSync } from 'node:fs'
import { createSyncClient, manualConnectivity, type Plugin, type SyncClient } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { expect, test } from 'vitest'
import { manualEnvironment } from '../../packages/core/test/support/manual-environment.ts'
import { schema, type Collections } from '../../packages/core/test/support/schema.ts'
import { createSqliteDatabase, openDatabase } from '../../packages/server/test/support/databases.ts'
import { openPrisma } from '../../packages/server/test/support/open-prisma.ts'
import { temporaryFolder, type Folder } from '../harness/folder.ts'
import { scope, startServer, type TestServer } from '../harness/server.ts'

type Client = SyncClient<Collections>

interface Site extends AsyncDisposable {
  readonly folder: Folder
  readonly server: () => TestServer
  /** A copy of the server's database, as a backup takes it. */
  readonly backUp: () => Promise<void>
  /** The server stops, gets its backup for its database, and starts again where it was. */
  readonly restore: () => Promise<void>
  readonly device: (file: string, user?: string) => Promise<Client>
}

/** A server on SQLite that can be set back to a backup, and devices on files; over HTTP. */
const openSite = async (): Promise<Site> => {
  const folder = temporaryFolder()
  const first = await createSqliteDatabase()
  const path = first.url.replace(/^file:/, '')
  const users = ['anna', 'bert']
  let database = first
  let server = await startServer({ schema, database, limits: { page: 5, maxPage: 5 } })
  const { url } = server
  const logIn = (): void => users.forEach((id) => void server.tokens.set(id, { id }))
  logIn()
  const clients: Client[] = []
  return {
    folder,
    server: () => server,
    async backUp() {
      await database.prisma.$executeRawUnsafe(`VACUUM INTO '${folder.path('backup.db')}'`)
    },
    async restore() {
      await server[Symbol.asyncDispose]()
      await database.prisma.$disconnect()
      for (const tail of ['', '-wal', '-shm']) rmSync(`${path}${tail}`, { force: true })
      copyFileSync(folder.path('backup.db'), path)
      database = openDatabase(first.url, openPrisma(first.url), (prisma) => prisma.$disconnect())
      server = await startServer({
        schema,
        database,
        port: Number(new URL(url).port),
        limits: { page: 5, maxPage: 5 },
      })
      logIn()
    },
    async device(file, user = 'anna') {
      const environment = manualEnvironment()
      const client = await createSyncClient<Collections, readonly Plugin[]>({
        schema,
        user,
        storage: sqliteStorage({ filename: folder.path(file), durability: 'normal', environment }),
        transport: trpcTransport({
          url: `${url}/trpc`,
          headers: () => ({ authorization: `Bearer ${user}` }),
          transformer: 'none',
          environment,
        }),
        scopes: [scope],
        autoStart: false,
        environment,
        connectivity: manualConnectivity(),
      })
      clients.push(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.close()
      await server[Symbol.asyncDispose]()
      await database.close()
      await first.close()
      folder[Symbol.dispose]()
    },
  }
}

const sync = async (client: Client): Promise<void> => {
  client.start()
  let state = await client.syncNow()
  // A connection that was kept open ended with the server.
  if (state.status === 'waiting' && state.error.code === 'NETWORK_UNREACHABLE') state = await client.syncNow()
  expect(state).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
  client.pause()
}

const titles = async (client: Client): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries((await client.collections.tasks.find()).map(({ id, title }) => [id, title]))

const titlesAt = async ({ prisma }: TestServer): Promise<Readonly<Record<string, unknown>>> => {
  const rows = await prisma.holdfastRecord.findMany({ where: { scope, deleted: false } })
  return Object.fromEntries(
    rows.map(({ recordId, data }) => [recordId, (JSON.parse(data) as { title: string }).title]),
  )
}

test('[RC06] [P12] a server that is restored from a backup gets back what its devices know, over HTTP and SQLite', async () => {
  await using site = await openSite()
  const anna = await site.device('anna.db')
  const bert = await site.device('bert.db', 'bert')
  for (let index = 0; index < 12; index += 1)
    await anna.collections.tasks.create({ id: `r-${index}`, title: `${index}` })
  await sync(anna)
  await sync(bert)
  await site.backUp()
  for (let index = 0; index < 8; index += 1) {
    await anna.collections.tasks.update(`r-${index}`, { title: 'anna' })
    await bert.collections.tasks.create({ id: `b-${index}`, title: 'bert' })
  }
  await anna.transaction(async ({ collections }) => {
    await collections.tasks.create({ id: 't-1', title: 'together' })
    await collections.tasks.create({ id: 't-2', title: 'together' })
  })
  await sync(anna)
  await sync(bert)
  await sync(anna)
  const before = await titles(anna)
  await site.restore()
  expect(Object.keys(await titlesAt(site.server()))).toHaveLength(12)

  await sync(anna)
  await sync(bert)
  await sync(anna)
  expect(await titlesAt(site.server())).toEqual(before)
  for (const client of [anna, bert]) {
    expect(await titles(client)).toEqual(before)
    expect(await client.operations.list({ status: 'SENT' })).toEqual([])
  }
  const rows = await site.server().prisma.holdfastRecord.findMany({ where: { scope } })
  expect(rows.map(({ version }) => Number(version))).toEqual(
    rows.map(({ recordId }) => (/^r-[0-7]$/.test(recordId) ? 2 : 1)),
  )
})

test('[RC02] [P12] two copies of one device file with the same queue go on apart, over HTTP and SQLite', async () => {
  await using site = await openSite()
  const anna = await site.device('anna.db')
  await anna.collections.tasks.create({ id: 'r-0', title: 'zero' })
  await sync(anna)
  for (let index = 1; index < 20; index += 1)
    await anna.collections.tasks.create({ id: `r-${index}`, title: `${index}` })
  await anna.collections.tasks.update('r-0', { title: 'queued' })
  await anna.close()
  copyFileSync(site.folder.path('anna.db'), site.folder.path('copy.db'))

  const both = [await site.device('anna.db'), await site.device('copy.db')]
  for (const [index, client] of both.entries())
    await client.collections.tasks.create({ id: `own-${index}`, title: 'own' })
  await Promise.all(both.map(sync))
  for (const client of both) await sync(client)
  const all = await titlesAt(site.server())
  expect(Object.keys(all)).toHaveLength(22)
  for (const client of both) {
    expect(await titles(client)).toEqual(all)
    expect(await client.operations.list({ status: 'COMPLETED' })).toHaveLength(22)
  }
  const operations = await site.server().prisma.holdfastOperation.findMany({ where: { scope } })
  expect(operations).toHaveLength(23)
  expect(new Set(operations.map(({ clientId }) => clientId)).size).toBe(2)
})
