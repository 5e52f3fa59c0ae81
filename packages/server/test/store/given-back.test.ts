import { expect, test } from 'vitest'
import { createPostgresqlDatabase } from '../support/shared-postgres.ts'

test('a PostgreSQL database that a test gave back has no table of that test any more', async () => {
  const before = await createPostgresqlDatabase()
  await before.prisma.$executeRaw`CREATE TABLE ledger (account TEXT)`
  await before.close()

  const after = await createPostgresqlDatabase()
  try {
    expect(after.url).toBe(before.url)
    await after.prisma.$executeRaw`CREATE TABLE ledger (entry TEXT)`
  } finally {
    await after.close()
  }
})
