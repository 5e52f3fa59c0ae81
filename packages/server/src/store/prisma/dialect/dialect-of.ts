import { SyncError } from '@holdfast/core'
import type { Dialect, Provider } from './dialect.ts'
import { postgresqlDialect } from './postgresql.ts'
import { sqliteDialect } from './sqlite.ts'

const dialects: ReadonlyMap<string, Dialect> = new Map([
  ['sqlite', sqliteDialect],
  ['postgresql', postgresqlDialect],
  ['postgres', postgresqlDialect],
])

/**
 * What the client was generated for, unless `given` says so.
 * @throws SyncError MISCONFIGURED when it can't be told, or is another database
 */
export const dialectOf = (prisma: object, given: Provider | undefined): Dialect => {
  // No public name has it. Extended clients have this field too.
  const { _activeProvider: generatedFor } = prisma as { readonly _activeProvider?: string }
  const provider = given ?? generatedFor
  const dialect = provider === undefined ? undefined : dialects.get(provider)
  if (dialect !== undefined) return dialect
  const message =
    provider === undefined
      ? "It can't be told which database this Prisma client is for: pass prismaStore(prisma, { provider })."
      : `prismaStore speaks SQLite and PostgreSQL; this Prisma client is for ${provider}.`
  throw new SyncError('MISCONFIGURED', message, { option: 'provider' })
}
