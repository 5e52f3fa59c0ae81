import type { Migration } from '../../store/prisma/migrate/migration-files.ts'
import { expectedTable, type OwnModel } from '../schema/own-models.ts'
import type { AddedField } from './merge-schema.ts'
import { codeOf } from '../schema/model.ts'

const statementsIn = ({ sql }: Migration): readonly string[] =>
  sql
    .replaceAll(/^--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')

const columnOf = ({ model, field }: AddedField): string => {
  const line = model.lines.find((line) => codeOf(line).split(' ')[0] === field) ?? ''
  return /@map\("(\w+)"\)/.exec(line)?.[1] ?? field
}

/**
 * What our migrations do and a schema can't say, so that a migration that Prisma makes of the schema has to be told:
 * settings of new tables, and the values that old rows get in new columns.
 */
export const ownStatements = (
  migrations: readonly Migration[],
  added: readonly OwnModel[],
  addedFields: readonly AddedField[],
): readonly string[] => {
  const tables = new Set(added.map((model) => expectedTable(model).name))
  const columns = new Set(addedFields.map((added) => `${added.model.table}.${columnOf(added)}`))
  return migrations.flatMap(statementsIn).filter((statement) => {
    const [, altered = ''] = /^ALTER TABLE "(\w+)" SET \(/.exec(statement) ?? []
    const [, filled = '', column = ''] = /^UPDATE "(\w+)" SET "(\w+)"/.exec(statement) ?? []
    return tables.has(altered) || columns.has(`${filled}.${column}`)
  })
}
