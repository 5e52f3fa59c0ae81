import { writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { SyncError } from '@holdfast/core'
import { ownMigrations, readMigrations } from '../../store/prisma/migrate/migration-files.ts'
import type { Request } from '../arguments.ts'
import type { CommandContext, ExitCode } from '../context.ts'
import { migrate } from '../migrate.ts'
import { readOwnModels } from '../schema/own-models.ts'
import { readFiles } from '../schema/read-files.ts'
import { counted } from '../text.ts'
import { findSchema } from './find-schema.ts'
import { mergeSchema, providerOf, type MergedSchema } from './merge-schema.ts'
import { ownStatements } from './own-statements.ts'

type InitCommand = Request & { readonly kind: 'init' }

const summary = ({ files, added, updated }: MergedSchema): string => {
  const where = files.map(({ path }) => path).join(', ')
  const parts = [
    ...(added.length === 0 ? [] : [`added ${counted(added.length, 'model')} (${added.join(', ')})`]),
    ...(updated.length === 0 ? [] : [`updated ${updated.join(', ')}`]),
  ]
  return `${where}: ${parts.join('; ')}.`
}

/** `holdfast init`. */
export const init = async ({ schema, apply }: InitCommand, context: CommandContext): Promise<ExitCode> => {
  const { cwd, print } = context
  const place = await findSchema(cwd, schema)
  const files = await readFiles(cwd, place)
  const provider = providerOf(files)
  if (apply !== undefined && apply.provider !== provider) {
    const message = `The schema is for ${provider} and the URL for ${apply.provider}: give the one that fits with --url.`
    throw new SyncError('MISCONFIGURED', message, { option: 'url' })
  }
  const models = await readOwnModels(provider)
  const home = relative(cwd, place.isFolder ? join(place.path, 'holdfast.prisma') : place.path)
  const merged = mergeSchema(files, home, models)
  for (const { path, text } of merged.files) await writeFile(join(cwd, path), text)
  const isThere = merged.files.length === 0
  print(isThere ? `The models are already there (${provider}).\n` : `${summary(merged)}\n`)
  if (apply !== undefined) return await migrate(apply, context)
  if (isThere) return 0

  const migrations = await readMigrations(ownMigrations(provider))
  const added = models.filter(({ name }) => merged.added.includes(name))
  print(nextSteps(ownStatements(migrations, added, merged.addedFields)))
  return 0
}

const nextSteps = (statements: readonly string[]): string => {
  if (statements.length === 0) {
    return 'Next: npx prisma migrate dev --name holdfast, then npx prisma generate.\n'
  }
  return [
    'Next: npx prisma migrate dev --name holdfast --create-only',
    'and at the end of the migration.sql that it makes, add what a schema can not say:',
    '',
    ...statements.map((statement) => `${statement};`),
    '',
    'then npx prisma migrate dev and npx prisma generate.',
    '',
  ].join('\n')
}
