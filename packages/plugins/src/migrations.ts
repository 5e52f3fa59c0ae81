export { migrations, type MigrationsOnServer } from './migrations/migrations.ts'
export type {
  MigratedOperation,
  MigrateOperation,
  MigrateRecord,
  MigrationStep,
  OperationContent,
} from './migrations/step.ts'
