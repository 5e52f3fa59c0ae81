import { dialectOf } from '../dialect/dialect-of.ts'
import type { Provider } from '../dialect/dialect.ts'
import { resolveMappings, type ModelMappings } from './mapping.ts'
import { dropTriggerStatements, triggerStatements, type TriggeredTable } from './triggers.ts'

/** What runs statements that are not parameterised: a generated Prisma client. */
export interface StatementRunner {
  $executeRawUnsafe(statement: string): PromiseLike<number>
}

export interface TriggerOptions {
  readonly models: ModelMappings
  /** Default: what the client was generated for. */
  readonly provider?: Provider | undefined
}

/**
 * The statements that make each write of these models leave a mark (`holdfast_touched`), for an app's own migrations.
 * @throws SyncError MISCONFIGURED
 */
export const triggerSql = (prisma: object, options: TriggerOptions): readonly string[] =>
  statementsOf(prisma, options, triggerStatements)

/** Makes the triggers, in place of those that an earlier call made. @throws SyncError MISCONFIGURED */
export const installTriggers = (prisma: StatementRunner, options: TriggerOptions): Promise<void> =>
  runAll(prisma, triggerSql(prisma, options))

/** @throws SyncError MISCONFIGURED */
export const removeTriggers = (prisma: StatementRunner, options: TriggerOptions): Promise<void> =>
  runAll(prisma, statementsOf(prisma, options, dropTriggerStatements))

const statementsOf = (
  prisma: object,
  { models, provider }: TriggerOptions,
  statements: (provider: Provider, table: TriggeredTable) => readonly string[],
): readonly string[] => {
  const { name } = dialectOf(prisma, provider)
  return [...resolveMappings(prisma, models).values()].flatMap(({ collection, model, id }) =>
    statements(name, {
      collection,
      table: model.table,
      databaseSchema: model.databaseSchema,
      idColumn: id.column,
    }),
  )
}

const runAll = async (prisma: StatementRunner, statements: readonly string[]): Promise<void> => {
  for (const statement of statements) await prisma.$executeRawUnsafe(statement)
}
