import { ConstraintError, type ConstraintKind } from '../../constraint-error.ts'

/** By Prisma's codes, https://www.prisma.io/docs/orm/reference/error-reference */
const byCode: Readonly<Record<string, ConstraintKind>> = {
  P2000: 'form',
  P2002: 'unique',
  P2003: 'foreign_key',
  P2004: 'check',
  P2005: 'form',
  P2006: 'form',
  P2007: 'form',
  P2011: 'required',
  P2012: 'required',
  P2014: 'foreign_key',
  P2019: 'form',
  P2020: 'form',
  P2023: 'form',
  P2033: 'form',
}

/** PostgreSQL: not null, foreign key, unique, check, exclusion; what a column can't hold; a trigger's own exception. */
const bySqlState: Readonly<Record<string, ConstraintKind>> = {
  '23502': 'required',
  '23503': 'foreign_key',
  '23505': 'unique',
  '23514': 'check',
  '23P01': 'check',
  '22001': 'form',
  '22003': 'form',
  '22007': 'form',
  '22008': 'form',
  '22P02': 'form',
  // A generated column.
  '428C9': 'form',
  P0001: 'check',
}

/** SQLite: https://www.sqlite.org/rescode.html; 1811 is a trigger's RAISE. */
const bySqliteCode: Readonly<Record<string, ConstraintKind>> = {
  SQLITE_CONSTRAINT_CHECK: 'check',
  SQLITE_CONSTRAINT_FOREIGNKEY: 'foreign_key',
  SQLITE_CONSTRAINT_NOTNULL: 'required',
  SQLITE_CONSTRAINT_PRIMARYKEY: 'unique',
  SQLITE_CONSTRAINT_UNIQUE: 'unique',
  SQLITE_CONSTRAINT_TRIGGER: 'check',
  SQLITE_CONSTRAINT_DATATYPE: 'form',
  SQLITE_TOOBIG: 'form',
  '275': 'check',
  '787': 'foreign_key',
  '1299': 'required',
  '1555': 'unique',
  '2067': 'unique',
  '1811': 'check',
  '3091': 'form',
}

interface PrismaError {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly meta?: { readonly target?: unknown; readonly driverAdapterError?: { readonly cause?: Cause } }
  readonly cause?: Cause
}

interface Cause {
  readonly originalCode?: unknown
  readonly originalMessage?: unknown
  readonly extendedCode?: unknown
  readonly table?: unknown
  readonly constraint?: { readonly fields?: unknown; readonly index?: unknown }
}

type NameOf = (name: string) => string | undefined

/** The record's names of the columns that a constraint is about, as far as the error tells. */
const fieldsIn = (target: unknown, cause: Cause | undefined, nameOf: NameOf): readonly string[] => {
  const listed = [target, cause?.constraint?.fields].find((fields) => Array.isArray(fields)) as
    | unknown[]
    | undefined
  if (listed !== undefined) return listed.flatMap((field) => nameOf(String(field).replaceAll('"', '')) ?? [])
  const index = cause?.constraint?.index
  if (typeof index !== 'string') return []
  const columns = index.replace(`${String(cause?.table)}_`, '').replace(/_key$/, '')
  return columnsOf(columns.split('_'), nameOf) ?? []
}

/** SQLite has no code of its own for it. */
const isGenerated = (cause: Cause | undefined): boolean =>
  /cannot (INSERT into|UPDATE) generated column/.test(String(cause?.originalMessage))

/** Prisma's own checks say it in their message alone. */
const namedIn = (message: unknown, nameOf: NameOf): readonly string[] => {
  const [, argument] = /Argument `(\w+)`/.exec(String(message)) ?? []
  const field = argument === undefined ? undefined : nameOf(argument)
  return field === undefined ? [] : [field]
}

/** PostgreSQL's error names the index, which is named by its columns: `table_column_other_column_key`. */
const columnsOf = (parts: readonly string[], nameOf: NameOf): readonly string[] | undefined => {
  if (parts.length === 0) return []
  for (let length = parts.length; length > 0; length -= 1) {
    const name = nameOf(parts.slice(0, length).join('_'))
    const others = name === undefined ? undefined : columnsOf(parts.slice(length), nameOf)
    if (name !== undefined && others !== undefined) return [name, ...others]
  }
  return undefined
}

/**
 * What the database says against a row, whoever tries it and whenever; undefined for other failures.
 * @param nameOf the record's name of a column or a field of the model
 */
export const violationOf = (error: unknown, nameOf: NameOf): ConstraintError | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  const { name, code, message, meta, cause: direct } = error as PrismaError
  const cause = meta?.driverAdapterError?.cause ?? direct
  const kind =
    byCode[String(code)] ??
    bySqlState[String(cause?.originalCode)] ??
    bySqliteCode[String(cause?.originalCode)] ??
    bySqliteCode[String(cause?.extendedCode)] ??
    // A value of another type than its column's, found before the database was asked.
    (name === 'PrismaClientValidationError' || isGenerated(cause) ? 'form' : undefined)
  if (kind === undefined) return undefined
  const fields = kind === 'form' ? namedIn(message, nameOf) : fieldsIn(meta?.target, cause, nameOf)
  return new ConstraintError(kind, fields, error)
}
