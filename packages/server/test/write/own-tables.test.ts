import type { SqlRunner } from '@holdfast/server/prisma'
import { afterEach, describe, expect, test } from 'vitest'
import type { TestDatabase } from '../support/databases.ts'
import { databaseNames, databases } from '../support/stores.ts'
import { createWorld, readRow, scope } from '../support/world.ts'

const opened: TestDatabase[] = []
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close()
})

const ctx = { user: { id: 'billing' } }

describe.each(databaseNames)('%s', (name) => {
  test('[WR5] records and the app’s own tables change together, or not at all', async () => {
    const database = await databases[name]()
    opened.push(database)
    const { prisma, store } = database
    await prisma.$executeRaw`CREATE TABLE IF NOT EXISTS payments (id TEXT PRIMARY KEY)`
    await prisma.$executeRaw`DELETE FROM payments`
    const { handlers } = createWorld<SqlRunner>(store)

    const pay = (id: string, fails: boolean) =>
      handlers.write(ctx, scope, async ({ database: tx, records }) => {
        await tx.$executeRaw`INSERT INTO payments (id) VALUES (${id})`
        await records.put('notes', id, { id, text: 'paid' })
        if (fails) throw new Error('The bank is closed.')
      })
    await pay('p-1', false)
    await expect(pay('p-2', true)).rejects.toThrow('The bank is closed.')

    const rows = await prisma.$queryRaw<{ readonly id: string }[]>`SELECT id FROM payments`
    expect(rows.map(({ id }) => id)).toEqual(['p-1'])
    expect((await readRow(store, 'p-1', 'notes'))?.version).toBe(1)
    expect(await readRow(store, 'p-2', 'notes')).toBeUndefined()
  })
})
