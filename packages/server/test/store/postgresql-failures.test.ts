import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { prismaStore } from '@holdfast/server/prisma'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startCuttingProxy } from '../support/cutting-proxy.ts'
import type { TestDatabase } from '../support/databases.ts'
import { openPrisma } from '../support/open-prisma.ts'
import { createPostgresqlDatabase } from '../support/shared-postgres.ts'
import { create, createWorld, kinds, readRow, scope } from '../support/world.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await createPostgresqlDatabase()
})
afterEach(() => database.close())

type Runner = TestDatabase['prisma'] | Parameters<Parameters<TestDatabase['prisma']['$transaction']>[0]>[0]

const backendOf = async (runner: Runner): Promise<number> => {
  const [row] = await runner.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`
  return row?.pid ?? 0
}

const terminate = (pid: number): Promise<unknown> =>
  database.prisma.$queryRaw`SELECT pg_terminate_backend(${pid}::int)`

test('[DB4] two pushes whose hooks lock rows in opposite order: both are applied', async () => {
  const { prisma } = database
  await prisma.holdfastClient.createMany({
    data: ['row-1', 'row-2'].map((clientId) => ({ clientId, userId: 'u', instance: '0' })),
  })
  let tries = 0
  let arrived = 0
  let release = (): void => undefined
  const both = new Promise<void>((done) => {
    release = done
  })
  const world = createWorld(database.store, {
    authorize: async ({ tx, scope: at }) => {
      tries += 1
      const rows = at === scope ? ['row-1', 'row-2'] : ['row-2', 'row-1']
      for (const row of rows) {
        await tx.$executeRaw`UPDATE holdfast_clients SET instance = 'x' WHERE client_id = ${row}`
        arrived += 1
        if (arrived === 2) release()
        await both
      }
      return true
    },
  })
  const a = world.client('a')
  const b = world.client('b')
  const outputs = await Promise.all([
    a.pushRaw([create(a, 'r-1', { title: 'x' })]),
    b.pushRaw([create(b, 'r-1', { title: 'x' })], { scope: 'team-2' }),
  ])
  expect(outputs).toMatchObject([{ results: [{ kind: 'applied' }] }, { results: [{ kind: 'applied' }] }])
  expect(tries).toBe(3)
})

test('[DB4] a connection that is lost in the middle of a write: it runs again, and is applied once', async () => {
  let tries = 0
  const world = createWorld(database.store, {
    authorize: async ({ tx }) => {
      tries += 1
      if (tries === 1) await terminate(await backendOf(tx as Runner))
      return true
    },
  })
  const a = world.client('a')
  expect(kinds(await a.push(create(a, 'r-1', { title: 'x' })))).toEqual(['applied'])
  expect(tries).toBe(2)
  expect(await readRow(database.store, 'r-1')).toMatchObject({ version: 1, seq: 1 })
})

test('[DB5] the answer to COMMIT is lost: the push asks again, hears what was committed, and applies nothing twice', async () => {
  await using proxy = await startCuttingProxy(database.url)
  const prisma = openPrisma(proxy.url)
  const a = createWorld(prismaStore(prisma)).client('a')
  expect(kinds(await a.push(create(a, 'r-1', { title: 'one' })))).toEqual(['applied'])
  proxy.loseAnswerTo('COMMIT\0')
  const answer = await a.push(a.operation({ value: { votes: 1 }, baseVersion: 1 }))
  expect(proxy.lost()).toBe(1)
  expect(answer.results).toMatchObject([{ kind: 'duplicate', verdict: { kind: 'applied', version: 2 } }])
  expect(answer.decided).toEqual({ watermark: 2, above: [] })
  expect(await readRow(database.store, 'r-1')).toMatchObject({ version: 2, seq: 2 })
  await prisma.$disconnect()
})

test('[DB6] a statement that fails unheard undoes the write, and its caller hears of it', async () => {
  const { prisma, store } = database
  const swallow = async ({ database: tx }: { readonly database: unknown }): Promise<void> => {
    await (tx as Runner).$executeRaw`INSERT INTO no_such_table VALUES (1)`.catch(() => undefined)
  }
  await expect(store.write(scope, swallow)).rejects.toThrow(/transaction is aborted/)

  const world = createWorld(store, {
    authorize: async ({ tx, after }) => {
      if (after?.['title'] === 'poison') await swallow({ database: tx })
      return true
    },
  })
  const a = world.client('a')
  const good = Array.from({ length: 20 }, (_, index) => create(a, `r-${index}`, { title: 'fine' }))
  const answer = await a.push(create(a, 'bad', { title: 'poison' }), ...good)
  expect(kinds(answer)).toEqual([...good.map(() => 'applied'), 'retry SERVER_FAILED'])
  expect(await prisma.holdfastRecord.count()).toBe(20)
})

test('[DB7] a process that freezes in a write holds its scope no longer than the time of a transaction', async () => {
  const script = resolve(import.meta.dirname, '../children/freezing-writer.ts')
  const frozen = spawn(process.execPath, [
    '--conditions=holdfast-source',
    script,
    database.url,
    scope,
    '1500',
  ])
  try {
    await once(frozen.stdout, 'data')
    frozen.kill('SIGSTOP')
    const a = createWorld(database.store).client('a')
    expect(kinds(await a.push(create(a, 'r-1', { title: 'x' })))).toEqual(['applied'])
  } finally {
    frozen.kill('SIGKILL')
    await once(frozen, 'exit')
  }
})

test('[DB4] a lock that is not given in time is asked for again, a bounded number of times', async () => {
  let release = (): void => undefined
  const released = new Promise<void>((done) => {
    release = done
  })
  await database.store.write(scope, async () => undefined)
  let lock = (): void => undefined
  const locked = new Promise<void>((done) => {
    lock = done
  })
  const held = database.another().prisma.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM holdfast_scopes WHERE scope = ${scope} FOR UPDATE`
      lock()
      await released
    },
    { timeout: 30_000 },
  )
  await locked
  const hasty = prismaStore(database.another().prisma, { timeoutMs: 100, attempts: 2 })
  const error: unknown = await hasty.write(scope, async () => 'done').catch((reason: unknown) => reason)
  expect(hasty.isTransient(error)).toBe(true)

  const patient = prismaStore(database.another().prisma, { timeoutMs: 1000, attempts: 20 })
  const waiting = patient.write(scope, async (tx) => tx.state.head)
  release()
  expect(await waiting).toBe(0)
  await held
})
