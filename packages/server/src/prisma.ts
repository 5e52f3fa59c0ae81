export type { PrismaClientLike, SqlRunner } from './store/prisma/client.ts'
export { prismaStore, type PrismaStoreOptions } from './store/prisma/prisma-store.ts'
export {
  applyMigrations,
  type MigrationConnection,
  type MigrationOptions,
} from './store/prisma/migrate/apply-migrations.ts'
