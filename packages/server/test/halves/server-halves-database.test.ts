import { SyncError } from '@holdfast/core'
import { protocolVersion } from '@holdfast/core/protocol'
import type { SqlRunner } from '@holdfast/server/prisma'
import { afterEach, describe, expect, test } from 'vitest'
import type { TestDatabase } from '../support/databases.ts'
import { databaseNames, databases, type DatabaseName } from '../support/stores.ts'
import { answerOf, createWorld, kinds, readRow, silent, type World } from '../support/world.ts'
import { bank, halves, open, poor, run, together, type BankHalves } from './bank.ts'

type Halves = NonNullable<BankHalves<SqlRunner>['accounts']>
const usual = halves as Halves

const opened: TestDatabase[] = []
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close()
})

interface BankWorld extends World<SqlRunner> {
  /** The app's own rows: what halves wrote through `tx`. */
  readonly ledger: () => Promise<readonly string[]>
  readonly balance: (id: string) => Promise<unknown>
}

const withLedger = (prisma: SqlRunner): PromiseLike<unknown> =>
  prisma.$executeRaw`CREATE TABLE ledger (entry TEXT PRIMARY KEY)`

/** A bank whose app keeps a ledger of its own beside the records. */
const start = async (name: DatabaseName, given: Halves, hookMs = 1000): Promise<BankWorld> => {
  const database = await databases[name]()
  opened.push(database)
  const { prisma, store } = database
  await withLedger(prisma)
  const world = createWorld<SqlRunner>(store, {
    ...bank<SqlRunner>(given),
    logger: silent,
    limits: { serverOperationMs: hookMs },
  })
  const founder = world.client('founder')
  await founder.push(open(founder, 'a', 100), open(founder, 'b', 10))
  return {
    ...world,
    async ledger() {
      const rows = await prisma.$queryRaw<
        { readonly entry: string }[]
      >`SELECT entry FROM ledger ORDER BY entry`
      return rows.map(({ entry }) => entry)
    },
    balance: async (id) => (await readRow(store, id, 'accounts'))?.data['balance'],
  }
}

const enter = async (tx: SqlRunner, entry: string): Promise<void> => {
  await tx.$executeRaw`INSERT INTO ledger (entry) VALUES (${entry})`
}

/** Writes first, and refuses then: the order in which an app should not do it. */
const hasty: Halves = {
  ...usual,
  async debit({ tx, record, input }) {
    await enter(tx, `${record.id} -${input.amount}`)
    if (record.balance < input.amount) throw poor()
    return { ...record, balance: record.balance - input.amount }
  },
  async credit({ tx, record, input }) {
    await enter(tx, `${record.id} +${input.amount}`)
    return { ...record, balance: record.balance + input.amount }
  },
}

describe.each(databaseNames)('%s', (name) => {
  test('[SO6] what a half writes through tx stays where its operation is applied, and is undone where it is not', async () => {
    const world = await start(name, hasty)
    const client = world.client('a')
    const operations = [
      run(client, 'a', 'debit', { amount: 1 }),
      run(client, 'a', 'debit', { amount: 1000 }),
      ...together(
        't-1',
        run(client, 'b', 'credit', { amount: 7 }),
        run(client, 'a', 'debit', { amount: 2000 }),
      ),
      ...together('t-2', run(client, 'b', 'credit', { amount: 8 }), run(client, 'a', 'debit', { amount: 8 })),
    ]
    const answer = await client.push(...operations)
    expect(answer.results.map(({ kind }) => kind)).toEqual([
      'applied',
      'rejected',
      'aborted',
      'rejected',
      'applied',
      'applied',
    ])
    expect(await world.ledger()).toEqual(['a -1', 'a -8', 'b +8'])
    await client.push(...operations)
    expect(await world.ledger()).toEqual(['a -1', 'a -8', 'b +8'])
    expect([await world.balance('a'), await world.balance('b')]).toEqual([91, 18])
  })

  test('[SO6] nor what it writes for an operation that authorize refuses, or that a plugin made of another one', async () => {
    const database = await databases[name]()
    opened.push(database)
    await withLedger(database.prisma)
    const world = createWorld<SqlRunner>(database.store, {
      ...bank<SqlRunner>(hasty),
      authorize: ({ action }) => action === 'create',
      plugins: [
        {
          name: 'debit instead',
          server: {
            acceptOperation: (operation) =>
              operation.type === 'rename' ? { ...operation, type: 'debit' } : operation,
          },
        },
      ],
    })
    const client = world.client('a')
    await client.push(open(client, 'a', 100))
    const answer = await client.push(
      run(client, 'a', 'debit', { amount: 1 }),
      run(client, 'a', 'rename', { owner: '', amount: 2 }),
    )
    expect(kinds(answer)).toEqual(['rejected FORBIDDEN_OR_MISSING', 'rejected FORBIDDEN_OR_MISSING'])
    expect(await database.prisma.$queryRaw`SELECT entry FROM ledger`).toEqual([])
  })

  test('[SO8] a statement that the database refuses makes the operation wait alone, also where the half swallowed it', async () => {
    let isBroken = true
    const world = await start(name, {
      ...usual,
      async debit({ tx, record, input, operationId }) {
        await enter(tx, operationId)
        if (isBroken) await enter(tx, operationId)
        return { ...record, balance: record.balance - input.amount }
      },
      async credit({ tx, record, input }) {
        await enter(tx, `${record.id} ${input.amount}`)
        if (isBroken && input.amount === 2) {
          await enter(tx, `${record.id} ${input.amount}`).catch(() => undefined)
          // PostgreSQL refuses this one too; SQLite does not mind.
          await enter(tx, 'after')
        }
        return { ...record, balance: record.balance + input.amount }
      },
    })
    const client = world.client('a')
    const operations = [
      run(client, 'b', 'credit', { amount: 1 }),
      run(client, 'a', 'debit', { amount: 1 }),
      run(client, 'b', 'credit', { amount: 3 }),
    ]
    const answer = await client.push(...operations)
    expect(kinds(answer)).toEqual(['applied', 'applied', 'retry SERVER_FAILED'])
    expect(await world.ledger()).toEqual(['b 1', 'b 3'])
    const swallowed = await client.push(
      ...operations,
      run(client, 'b', 'credit', { amount: 2 }),
      run(client, 'b', 'credit', { amount: 4 }),
    )
    const expected = name === 'PostgreSQL' ? ['retry', 'retry'] : ['applied', 'applied']
    expect(swallowed.results.slice(3).map(({ kind }) => kind)).toEqual(expected)
    isBroken = false
    await client.push(...operations)
    expect(await world.balance('a')).toBe(99)
    expect((await world.ledger()).filter((entry) => entry.startsWith('a-op'))).toEqual([operations[1]?.id])
  })

  test('[SO7] a half that goes on after its time writes nothing into what others commit', async () => {
    const late: Promise<unknown>[] = []
    let write = (): void => undefined
    const isLate = new Promise<void>((resolve) => {
      write = resolve
    })
    const world = await start(
      name,
      {
        ...usual,
        debit: ({ tx }) => {
          const going = isLate.then(() => enter(tx, 'late'))
          late.push(going.catch((error: unknown) => error))
          return new Promise(() => undefined)
        },
      },
      20,
    )
    const client = world.client('a')
    const answer = await client.push(
      run(client, 'b', 'credit', { amount: 1 }),
      run(client, 'a', 'debit', { amount: 1 }),
    )
    expect(kinds(answer)).toEqual(['applied', 'retry SERVER_FAILED'])
    write()
    for (const outcome of await Promise.all(late)) expect(outcome).toBeInstanceOf(Error)
    expect(await world.ledger()).toEqual([])
    expect(await world.balance('b')).toBe(11)
  })

  test('[SO13] processes that get copies of one operation at once run it once in effect', async () => {
    const database = await databases[name]()
    opened.push(database)
    await withLedger(database.prisma)
    let runs = 0
    const count: Halves = {
      ...usual,
      async debit({ tx, record, input, operationId }) {
        if (record.balance < input.amount) throw new SyncError('REFUSED', 'No.', { reason: 'poor' })
        await enter(tx, `${(runs += 1)}: ${operationId}`)
        return { ...record, balance: record.balance - input.amount }
      },
    }
    const worlds = [database.store, database.another().store, database.another().store].map((store) =>
      createWorld<SqlRunner>(store, bank<SqlRunner>(count)),
    )
    const [first] = worlds
    const client = first?.client('a')
    if (client === undefined) throw new Error('There is no world.')
    await client.push(open(client, 'a', 100))
    const operation = run(client, 'a', 'debit', { amount: 60 })
    const envelope = { protocol: protocolVersion }
    const answers = await Promise.all(
      worlds.flatMap((world) => [1, 2].map(() => world.client('a').pushRaw([operation], envelope))),
    )
    const results = answers.flatMap((answer) => answerOf(answer).results.map(({ kind }) => kind))
    expect(results.toSorted()).toEqual(['applied', ...Array.from({ length: 5 }, () => 'duplicate')])
    expect(await database.prisma.$queryRaw`SELECT entry FROM ledger`).toHaveLength(1)
  })
})
