import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { prismaStore, type PrismaClientLike, type SqlRunner } from '@holdfast/server/prisma'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TestDatabase } from '../support/databases.ts'
import { databases } from '../support/stores.ts'
import { create, createWorld, scope } from '../support/world.ts'

describe.each(Object.entries(databases))('%s', (name, createDatabase) => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await createDatabase()
  })
  afterEach(() => database.close())

  test(
    'several server processes over one database lose nothing and fail nothing',
    { timeout: 60_000 },
    async () => {
      const script = resolve(import.meta.dirname, '../children/writer-process.ts')
      const run = async (client: string): Promise<unknown> => {
        const { stdout } = await promisify(execFile)(process.execPath, [
          '--conditions=holdfast-source',
          script,
          database.url,
          client,
          '20',
        ])
        return JSON.parse(stdout)
      }
      const ended = await Promise.all(['a', 'b', 'c'].map(run))
      expect(ended).toEqual([{ applied: 100 }, { applied: 100 }, { applied: 100 }])
      const rows = await database.store.read(scope, (tx) => tx.changesAfter(0, 1000))
      expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1))
    },
  )

  test('transactions that wait for others do not run out of their own time', async () => {
    await database.store.write(scope, async () => undefined)
    const store = prismaStore(database.prisma, { timeoutMs: 1000, attempts: 1 })
    const slow = () =>
      store.write(scope, async (tx) => {
        await new Promise((resolve) => setTimeout(resolve, 30))
        return tx.state.head
      })
    expect(await Promise.all(Array.from({ length: 64 }, slow))).toHaveLength(64)
  })

  test('[HX17] nobody says how long a transaction may take: five seconds, and it is rolled back', async () => {
    await database.store.write(scope, async () => undefined)
    const store = prismaStore(database.prisma, { attempts: 1 })
    const lasting = (ms: number) =>
      store.write(scope, async (tx) => {
        await new Promise((resolve) => setTimeout(resolve, ms))
        const head = { head: ms, nonce: 'n' }
        await tx.save({ rows: [], operations: [], resends: [], head, at: 1 })
      })
    await expect(lasting(5_500)).rejects.toThrow(/expired|timeout|terminat|closed/i)
    expect(await store.read(scope, async ({ state }) => state.head)).toBe(0)
    await lasting(2_500)
    expect(await store.read(scope, async ({ state }) => state.head)).toBe(2_500)
  })

  test('a push takes as many statements for 200 operations as for one', async () => {
    let writes = 0
    const counting = (tx: SqlRunner): SqlRunner => ({
      $queryRaw: (texts, ...values) => tx.$queryRaw(texts, ...values),
      $executeRaw: (texts, ...values) => {
        writes += 1
        return tx.$executeRaw(texts, ...values)
      },
    })
    const prisma: PrismaClientLike = {
      $transaction: (run, options) =>
        database.prisma.$transaction((tx) => run(counting(tx)), options as object),
    }
    const provider = name === 'SQLite' ? 'sqlite' : 'postgresql'
    const a = createWorld(prismaStore(prisma, { provider })).client('a')
    const takes = async (count: number): Promise<number> => {
      writes = 0
      await a.push(
        ...Array.from({ length: count }, (_, index) => create(a, `r-${count}-${index}`, { title: 'x' })),
      )
      return writes
    }
    await takes(2)
    expect(await takes(1)).toBe(await takes(200))
  })

  test('the app gets Prisma’s own transaction: what it reads and writes there shares the batch’s fate', async () => {
    const store = prismaStore(database.prisma)
    const seen: number[] = []
    const world = createWorld(store, {
      scopes: async (_ctx, tx) => [...(await tx.holdfastScope.findMany()).map((row) => row.scope), scope],
      authorize: async ({ tx, after }) => {
        await tx.holdfastClient.create({
          data: { clientId: `made for ${JSON.stringify(after?.['id'])}`, userId: 'x', instance: 'i' },
        })
        seen.push(await tx.holdfastClient.count())
        return true
      },
      plugins: [
        {
          name: 'stop',
          server: {
            beforeApply: async ({ tx, after }) => {
              if (after?.['title'] === 'stop')
                await tx.$executeRaw`INSERT INTO holdfast_clients VALUES ('made for "r-1"', '', '')`
            },
          },
        },
      ],
    })
    const a = world.client('a')
    await a.push(create(a, 'r-1', { title: 'one' }))
    expect(seen).toEqual([1])
    expect(await database.prisma.holdfastClient.count()).toBe(2)
    const answer = await a.push(create(a, 'r-2', { title: 'stop' }))
    // On SQLite the statement fails alone; on PostgreSQL it undoes the transaction, and the operation waits by itself.
    const code = name === 'SQLite' ? 'PLUGIN_FAILED' : 'SERVER_FAILED'
    expect(answer.results).toMatchObject([{ kind: 'retry', code }])
  })
})

test.each(['sqlite', 'postgresql'] as const)(
  'a statement names no value of its own: everything is bound (%s)',
  async (provider) => {
    const statements: string[] = []
    const values: unknown[] = []
    const spy = {
      $queryRaw: async (texts: TemplateStringsArray, ...bound: unknown[]) => {
        statements.push(texts.join('?'))
        values.push(...bound)
        return [] as never
      },
      $executeRaw: async (texts: TemplateStringsArray, ...bound: unknown[]) => {
        statements.push(texts.join('?'))
        values.push(...bound)
        return 1
      },
    }
    const prisma = { $transaction: (run: (tx: typeof spy) => Promise<never>) => run(spy) } as never
    const store = prismaStore(prisma, { provider })
    const a = createWorld(store as never).client('canary-client', 'canary-user')
    await a.pushRaw([
      create(a, 'canary-record', { title: 'canary-title' }),
      a.operation({ recordId: 'canary-other' }),
    ])
    expect(statements.length).toBeGreaterThan(8)
    expect(statements.join('\n')).not.toContain('canary')
    expect(JSON.stringify(values)).toContain('canary-title')
  },
)

test('a client of another database, or of none that can be told, is refused', () => {
  const clientFor = (provider?: string) =>
    ({ _activeProvider: provider, $transaction: async () => undefined }) as never
  for (const [client, sentence] of [
    [clientFor('mysql'), /SQLite and PostgreSQL; this Prisma client is for mysql/],
    [clientFor(), /pass prismaStore\(prisma, \{ provider \}\)/],
  ] as const) {
    expect(() => prismaStore(client)).toThrowError(
      expect.objectContaining({
        code: 'MISCONFIGURED',
        message: expect.stringMatching(sentence) as unknown,
        details: { option: 'provider' },
      }),
    )
  }
})
