import { randomBytes } from 'node:crypto'
import { collection, defineSchema, fieldMerge } from '@holdfast/core'
import type { ServerPlugin, ServerStore } from '@holdfast/server'
import { prismaStore, type PrismaClientLike, type SqlRunner } from '@holdfast/server/prisma'
import { memoryServerStore } from '@holdfast/server/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { figure } from '../../../../tests/harness/figure.ts'
import type { TestDatabase } from '../support/databases.ts'
import { databases } from '../support/stores.ts'
import { answerOf, create, createWorld, scope, type TestClient } from '../support/world.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

const records = 500
const ids = Array.from({ length: records }, (_, index) => `r-${index}`)
const entities = ids.map((id) => ({ collection: 'todos', id, baseVersion: 1, fields: ['title'] }))

/** 500 records of 10 kB, that pages can't compress. */
const fill = async (client: TestClient): Promise<void> => {
  for (let start = 0; start < records; start += 100) {
    const notes = ids
      .slice(start, start + 100)
      .map((id) => [id, randomBytes(7_500).toString('base64')] as const)
    await client.push(...notes.map(([id, note]) => create(client, id, { title: 'one', note })))
  }
}

interface Spied {
  readonly prisma: PrismaClientLike
  readonly statements: string[]
  /** Of the rows that were answered. */
  readonly bytes: () => number
}

const spyOn = ({ prisma }: TestDatabase): Spied => {
  const statements: string[] = []
  let bytes = 0
  const spied = (tx: SqlRunner): SqlRunner => ({
    async $queryRaw<TRows>(texts: TemplateStringsArray, ...values: readonly unknown[]) {
      statements.push(texts.join('?'))
      const rows = await tx.$queryRaw<TRows>(texts, ...values)
      bytes += JSON.stringify(rows, (_, value: unknown) =>
        typeof value === 'bigint' ? Number(value) : value,
      ).length
      return rows
    },
    $executeRaw: (texts, ...values) => tx.$executeRaw(texts, ...values),
  })
  return {
    prisma: {
      $transaction: (run, options) => prisma.$transaction((tx) => run(spied(tx)), options as object),
    },
    statements,
    bytes: () => bytes,
  }
}

describe.each(Object.entries(databases))('%s', (name, createDatabase) => {
  const provider = name === 'SQLite' ? 'sqlite' : 'postgresql'
  const start = async (): Promise<TestDatabase> => {
    const database = await createDatabase()
    open.push(database.close)
    return database
  }

  test('[PF8] no statement of a preflight asks for what is in a record', async () => {
    const database = await start()
    await fill(createWorld(database.store).client('a'))
    const { prisma, statements, bytes } = spyOn(database)
    const b = createWorld(prismaStore(prisma, { provider })).client('b', 'u-2')
    const answer = answerOf(await b.preflightRaw(entities))
    expect(answer.entities.every(({ reason }) => reason === 'disjoint')).toBe(true)
    const ofRecords = statements.filter((text) => text.includes('holdfast_records'))
    expect(ofRecords).toHaveLength(1)
    expect(ofRecords.join()).not.toMatch(/\*|\bdata\b/)
    expect(bytes() / records).toBeLessThan(1_000)
    figure(
      `${name}: a preflight of ${records} records of 10 kB reads ${Math.round(bytes() / records)} bytes of each`,
    )
  })
})

test('an index that covered what a preflight reads could not hold a record of many fields (decision 0026)', async () => {
  const database = await databases.PostgreSQL()
  const { prisma } = database
  const cover = `CREATE INDEX holdfast_test_cover ON holdfast_records (scope, collection, record_id)
    INCLUDE (version, deleted, field_versions)`
  await prisma.$executeRawUnsafe(cover)
  open.push(async () => {
    await prisma.$executeRawUnsafe('DROP INDEX holdfast_test_cover')
    await database.close()
  })
  const title = () => ({
    version: 1,
    clientId: randomBytes(16).toString('hex'),
    userId: randomBytes(16).toString('hex'),
    otherVersion: 0,
    timestamp: 1_750_000_000_000,
    seq: 1,
  })
  const put = (fields: number): Promise<void> =>
    database.store.write(scope, (tx) =>
      tx.save({
        rows: [
          {
            collection: 'todos',
            id: `of ${fields}`,
            version: 1,
            seq: 1,
            bornSeq: 1,
            deleted: false,
            data: {},
            fieldVersions: Object.fromEntries(
              Array.from({ length: fields }, (_, index) => [`f${index}`, title()]),
            ),
            updatedAt: 1,
            updatedBy: 'u',
          },
        ],
        operations: [],
        resends: [],
      }),
    )
  await put(10)
  await expect(put(60)).rejects.toThrow(/index row size \d+ exceeds btree version 4 maximum 2704/)
})

test('[PF8] only rows that a migration of the app still has to bring up are read whole', async () => {
  const store = memoryServerStore()
  const readWhole: string[] = []
  const spied: ServerStore<undefined> = {
    ...store,
    read: (at, run) =>
      store.read(at, (tx) =>
        run({
          ...tx,
          records(keys) {
            readWhole.push(...keys.map(({ id }) => id))
            return tx.records(keys)
          },
        }),
      ),
  }
  const steps: ServerPlugin = {
    name: 'steps',
    server: {
      migrateRecord({ record: { note, ...rest }, ...migration }) {
        return { ...migration, record: note === undefined ? rest : { ...rest, memo: note } }
      },
    },
  }
  const [a, b] = [createWorld(store).client('a'), createWorld(store).client('b')]
  await a.push(create(a, 'old', { title: 'one', note: 'n' }))
  await b.push(b.operation({ recordId: 'old', value: { note: 'by a stranger' }, baseVersion: 1 }))
  const renamed = defineSchema({
    version: '2.0.0',
    collections: {
      todos: collection({
        fields: z.object({ id: z.string(), title: z.string(), memo: z.string().optional() }),
        conflict: fieldMerge({ onOverlap: 'ask' }),
      }),
    },
  })
  const later = createWorld(spied, { schema: renamed, plugins: [steps] }).client('c')
  await later.push(create(later, 'new', { title: 'two', memo: 'm' }))
  const asked = ['old', 'new'].map((id) => ({ collection: 'todos', id, baseVersion: 1, fields: ['memo'] }))
  const { entities: risks } = answerOf(await later.preflightRaw(asked, { opVersions: ['2.0.0'] }))
  expect(risks.map(({ id, risk }) => [id, risk])).toEqual([
    ['old', 'HIGH'],
    ['new', 'LOW'],
  ])
  expect(readWhole).toEqual(['old'])
})
