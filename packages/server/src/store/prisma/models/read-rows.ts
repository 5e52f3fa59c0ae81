import type { AppRow } from '../../app-rows.ts'
import type { SqlRunner } from '../client.ts'
import type { ResolvedMapping, ResolvedScope } from './mapping.ts'
import { formsOf } from './values.ts'

type Fields = Readonly<Record<string, unknown>>

/** What is used of a model's member of a Prisma client. */
export interface Delegate {
  findMany(query: { readonly where: Fields; readonly select: Fields }): PromiseLike<readonly Fields[]>
  createMany(query: { readonly data: readonly Fields[] }): PromiseLike<unknown>
  updateMany(query: {
    readonly where: Fields
    readonly data: Fields
  }): PromiseLike<{ readonly count: number }>
  deleteMany(query: { readonly where: Fields }): PromiseLike<unknown>
}

export const delegateIn = (db: SqlRunner, { delegate }: Pick<ResolvedMapping, 'delegate'>): Delegate =>
  (db as unknown as Readonly<Record<string, Delegate>>)[delegate] as Delegate

/** Databases bind so many values at most; Prisma would cut the query up itself, in two ways. */
const atOnce = 1000

/** The rows with these ids; missing ones are left out. */
export const readRows = async (
  db: SqlRunner,
  mapping: ResolvedMapping,
  ids: readonly string[],
): Promise<readonly AppRow[]> => {
  const select = selectionOf(mapping)
  const rows: AppRow[] = []
  for (let start = 0; start < ids.length; start += atOnce) {
    const where = { [mapping.id.name]: { in: ids.slice(start, start + atOnce) } }
    const found = await delegateIn(db, mapping).findMany({ where, select })
    rows.push(...found.map((row) => rowOf(mapping, row)))
  }
  return rows
}

const selectionOf = ({ fields, scope }: ResolvedMapping): Fields => {
  const select: Record<string, unknown> = {}
  for (const { name } of fields.values()) select[name] = true
  if (scope === undefined) return select
  const [first, ...others] = [...scope.through.map(({ relation }) => relation), scope.field.name]
  return {
    ...select,
    [first ?? '']: others.reduceRight<unknown>((inner, name) => ({ select: { [name]: inner } }), true),
  }
}

const rowOf = (mapping: ResolvedMapping, row: Fields): AppRow => ({
  collection: mapping.collection,
  id: String(row[mapping.id.name]),
  scope: mapping.scope === undefined ? undefined : scopeIn(mapping.scope, row),
  values: Object.fromEntries([...mapping.fields].map(([field, { name }]) => [field, formsOf(row[name])])),
})

const scopeIn = ({ through, field, prefix }: ResolvedScope, row: Fields): string | undefined => {
  const holder = through.reduce<unknown>((at, { relation }) => (at as Fields | null)?.[relation], row)
  const value = (holder as Readonly<Record<string, string | number | bigint | null>> | null | undefined)?.[
    field.name
  ]
  return value === null || value === undefined ? undefined : `${prefix}${value}`
}
