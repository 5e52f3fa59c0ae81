import * as z from 'zod/v4/core'
import { SyncError, type Portable, type Schema } from '@holdfast/core'
import { collectionOf, type AnyCollection } from '@holdfast/core/protocol'
import type { AppTable, Forms } from '../store/app-rows.ts'

/** A collection that lives in a table of the app too. */
export interface MirroredCollection {
  readonly name: string
  readonly definition: AnyCollection
  /** The fields that are columns, `id` left out. */
  readonly fields: readonly string[]
  /** The form of a column's value that the field takes; undefined: none. */
  readonly fit: (field: string, forms: Forms) => Fitted | undefined
  readonly namesScope: boolean
}

export interface Fitted {
  /** Undefined: the record has no such field. */
  readonly value: Portable | undefined
}

/** @throws SyncError MISCONFIGURED where collection and table don't fit */
export const mirroredCollections = (
  schema: Schema,
  tables: ReadonlyMap<string, AppTable>,
): ReadonlyMap<string, MirroredCollection> =>
  new Map([...tables].map(([name, table]) => [name, mirrored(schema, name, table)]))

const mirrored = (schema: Schema, name: string, table: AppTable): MirroredCollection => {
  const option = `models.${name}`
  if (!Object.hasOwn(schema.collections, name)) throw wrong(option, 'the schema has no such collection')
  const definition = collectionOf(schema, name)
  const shape = definition.fields._zod.def.shape as Readonly<Record<string, z.$ZodType>>
  const names = Object.keys(shape).filter((field) => field !== 'id')
  const missing = names.find((field) => !table.has(field) && !table.leavesOut(field))
  if (missing !== undefined) {
    const help = `name its field, or say fields: { ${missing}: false } to keep it with the record alone`
    throw wrong(option, `the model has no "${missing}": ${help}`)
  }
  if (!table.namesScope && definition.scope === undefined) {
    throw wrong(option, 'say which scope a row belongs to, e.g. scope: "teamId"')
  }
  return {
    name,
    definition,
    fields: names.filter((field) => table.has(field)),
    fit(field, forms) {
      const type = shape[field]
      const found = forms.findIndex((form) => type !== undefined && z.safeParse(type, form).success)
      return found < 0 ? undefined : { value: forms[found] }
    },
    namesScope: table.namesScope,
  }
}

const wrong = (option: string, reason: string): SyncError =>
  new SyncError('MISCONFIGURED', `${option}: ${reason}.`, { option })
