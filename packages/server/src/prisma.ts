export type {
  IsolationLevel,
  PrismaClientLike,
  SqlRunner,
  TransactionOptions,
} from './store/prisma/client.ts'
export type { Provider } from './store/prisma/dialect/dialect.ts'
export { prismaStore, type PrismaStoreOptions } from './store/prisma/prisma-store.ts'
export { applyMigrations, type MigrationOptions } from './store/prisma/migrate/apply-migrations.ts'
export type { MigrationConnection, MigrationTransaction } from './store/prisma/migrate/connection.ts'
export type { CreatedFor, ModelMapping, ModelMappings, ScopeMapping } from './store/prisma/models/mapping.ts'
export {
  installTriggers,
  removeTriggers,
  triggerSql,
  type StatementRunner,
  type TriggerOptions,
} from './store/prisma/models/install-triggers.ts'
export {
  syncExtension,
  type SyncExtension,
  type SyncExtensionOptions,
} from './store/prisma/extension/sync-extension.ts'
