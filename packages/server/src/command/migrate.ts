import { applyMigrations } from '../store/prisma/migrate/apply-migrations.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { migrationAdapter } from './database/open.ts'
import type { Target } from './target.ts'

/** `holdfast migrate`. */
export const migrate = async (
  target: Target,
  { environment, print }: Pick<CommandContext, 'environment' | 'print'>,
): Promise<ExitCode> => {
  const applied = await applyMigrations({ adapter: await migrationAdapter(target), environment })
  print(
    applied.length === 0
      ? `${target.name} is up to date.\n`
      : `${target.name}: applied ${applied.join(', ')}.\n`,
  )
  return 0
}
