import { afterAll, inject } from 'vitest'
import { providedAs } from '../../../../tools/postgres/provided.ts'
import type { TestDatabase } from './databases.ts'
import { postgresqlDatabases, type PostgresqlDatabases } from './postgresql-databases.ts'

let started: Promise<PostgresqlDatabases> | undefined

const start = async (): Promise<PostgresqlDatabases> => {
  const answer = await fetch(inject(providedAs))
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return postgresqlDatabases(text)
}

afterAll(async () => {
  await (await started)?.[Symbol.asyncDispose]()
})

/** The databases of the PostgreSQL server that this test run shares; it starts when the first test file asks. */
export const sharedPostgres = (): Promise<PostgresqlDatabases> => {
  started ??= start()
  return started
}

/** A migrated PostgreSQL database of its own. */
export const createPostgresqlDatabase = async (): Promise<TestDatabase> => (await sharedPostgres()).create()
