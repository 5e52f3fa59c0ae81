import { inject } from 'vitest'
import { prefixProvidedAs, providedAs } from '../../../../tools/postgres/provided.ts'
import type { TestDatabase } from './databases.ts'
import { postgresqlDatabases, type PostgresqlDatabases } from './postgresql-databases.ts'

let started: Promise<PostgresqlDatabases> | undefined

const start = async (): Promise<PostgresqlDatabases> => {
  const answer = await fetch(inject(providedAs))
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return postgresqlDatabases(text, inject(prefixProvidedAs))
}

/**
 * The databases of the PostgreSQL server that this test run shares; it starts when the first test file asks. Test files of one
 * process share them too, and the run drops them at its end.
 */
export const sharedPostgres = (): Promise<PostgresqlDatabases> => {
  started ??= start()
  return started
}

/** A migrated PostgreSQL database of its own. */
export const createPostgresqlDatabase = async (): Promise<TestDatabase> => (await sharedPostgres()).create()
