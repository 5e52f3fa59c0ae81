import { ConstraintError } from '../../constraint-error.ts'
import type { AppValues, AppWrite } from '../../app-rows.ts'
import type { SqlRunner } from '../client.ts'
import type { ResolvedMapping, ResolvedScope } from './mapping.ts'
import { delegateIn } from './read-rows.ts'
import type { RuntimeField } from './runtime-models.ts'
import { columnValue } from './values.ts'
import { violationOf } from './violations.ts'

type Columns = Readonly<Record<string, unknown>>

/** In order; neighbours that are inserted into one table go as one statement. @throws ConstraintError */
export const writeRows = async (
  db: SqlRunner,
  mappingOf: (collection: string) => ResolvedMapping,
  writes: readonly AppWrite[],
): Promise<void> => {
  for (const run of runsOf(writes)) {
    const [first] = run
    const mapping = mappingOf(first.collection)
    const table = delegateIn(db, mapping)
    const where = { [mapping.id.name]: first.id }
    try {
      switch (first.kind) {
        case 'insert':
          await table.createMany({ data: run.filter(isInsert).map((write) => newRow(mapping, write)) })
          break
        case 'update': {
          const data = { ...columnsOf(mapping, first.values), ...scopeColumn(mapping.scope, first.scope) }
          if (Object.keys(data).length > 0) await table.updateMany({ where, data })
          break
        }
        case 'delete':
          await table.deleteMany({ where })
      }
    } catch (error) {
      throw violationOf(error, (name) => recordField(mapping, name)) ?? error
    }
  }
}

type Insert = Extract<AppWrite, { readonly kind: 'insert' }>

const isInsert = (write: AppWrite): write is Insert => write.kind === 'insert'

type Run = readonly [AppWrite, ...AppWrite[]]

const runsOf = (writes: readonly AppWrite[]): readonly Run[] => {
  const runs: [AppWrite, ...AppWrite[]][] = []
  for (const write of writes) {
    const last = runs.at(-1)
    const isMore =
      last?.[0].kind === 'insert' && write.kind === 'insert' && last[0].collection === write.collection
    if (isMore) last?.push(write)
    else runs.push([write])
  }
  return runs
}

const newRow = (mapping: ResolvedMapping, write: Insert): Columns => {
  const { id, scope, userId, values } = write
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
  return {
    ...scopeColumn(mapping.scope, scope),
    ...mapping.create({ scope, userId, values }),
    ...columnsOf(mapping, given),
    [mapping.id.name]: id,
  }
}

const columnsOf = ({ fields }: ResolvedMapping, values: AppValues): Columns =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const field = fields.get(name)
      if (field === undefined) return []
      const stored = columnValue(field, value)
      if (isTooLarge(field, stored)) throw new ConstraintError('form', [name])
      return [[field.name, stored]]
    }),
  )

/** SQLite would store an integer that Prisma could not read again; a big one its driver refuses with an error that has no code. */
const isTooLarge = ({ type }: RuntimeField, value: unknown): boolean =>
  typeof value === 'bigint'
    ? value !== BigInt.asIntN(64, value)
    : type === 'Int' && typeof value === 'number' && !isInt32(value)

const isInt32 = (value: number): boolean => Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31

/** Where the scope is further away than in the row itself, only what the row refers to can be right. */
const scopeColumn = (mapped: ResolvedScope | undefined, scope: string | undefined): Columns => {
  if (mapped === undefined || scope === undefined || mapped.through.length > 0) return {}
  const { field, prefix } = mapped
  if (!scope.startsWith(prefix)) throw new ConstraintError('scope', [])
  const value = scope.slice(prefix.length)
  return { [field.name]: field.type === 'Int' ? Number(value) : columnValue(field, value) }
}

const recordField = ({ fields }: ResolvedMapping, name: string): string | undefined =>
  [...fields].find(([, field]) => field.column === name || field.name === name)?.[0]
