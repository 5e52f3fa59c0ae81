import { identifier, sql, type Sql } from '../sql.ts'
import type { ResolvedMapping } from './mapping.ts'

export const tableOf = ({ model }: Pick<ResolvedMapping, 'model'>): Sql =>
  model.databaseSchema === undefined
    ? identifier(model.table)
    : sql`${identifier(model.databaseSchema)}.${identifier(model.table)}`

export const idColumnOf = ({ id }: Pick<ResolvedMapping, 'id'>): Sql => identifier(id.column)
