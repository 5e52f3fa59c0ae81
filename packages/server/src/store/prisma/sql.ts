import type { SqlRunner } from './client.ts'

export type SqlValue = string | number | boolean

/** A piece of SQL with its bound parameters. Made by the functions of this file only, so no value ever becomes SQL. */
export interface Sql {
  readonly texts: readonly string[]
  readonly values: readonly SqlValue[]
}

const isSql = (value: SqlValue | Sql): value is Sql => typeof value === 'object'

const append = (left: Sql, part: SqlValue | Sql, text: string): Sql => {
  if (!isSql(part)) return { texts: [...left.texts, text], values: [...left.values, part] }
  return joinTexts(joinTexts(left, part), { texts: [text], values: [] })
}

const joinTexts = (left: Sql, right: Sql): Sql => ({
  texts: [
    ...left.texts.slice(0, -1),
    `${left.texts.at(-1) ?? ''}${right.texts[0] ?? ''}`,
    ...right.texts.slice(1),
  ],
  values: [...left.values, ...right.values],
})

/** A statement, or a part of one. Values become bound parameters, parts are put in. */
export const sql = (texts: TemplateStringsArray, ...parts: readonly (SqlValue | Sql)[]): Sql => {
  let whole: Sql = { texts: [texts[0] ?? ''], values: [] }
  parts.forEach((part, index) => {
    whole = append(whole, part, texts[index + 1] ?? '')
  })
  return whole
}

/** A quoted name. */
export const identifier = (name: string): Sql => ({ texts: [`"${name.replaceAll('"', '""')}"`], values: [] })

/** `a, b`. */
export const listOf = (parts: readonly (SqlValue | Sql)[]): Sql =>
  parts.reduce<Sql>((list, part, index) => (index === 0 ? sql`${part}` : sql`${list}, ${part}`), sql``)

/** `(a, b), (c, d)`: rows of bound parameters. */
export const rowsOf = (rows: readonly (readonly SqlValue[])[]): Sql => {
  const texts: string[] = []
  const values: SqlValue[] = []
  let open = '('
  for (const row of rows) {
    for (const value of row) {
      texts.push(open)
      values.push(value)
      open = ', '
    }
    open = '), ('
  }
  return { texts: [...texts, ')'], values }
}

/** What one statement may bind: SQLite's limit; Prisma's for PostgreSQL is one more. Some are left for other parts. */
const maxParameters = 32_766 - 66

/** As many rows in each chunk as one statement can bind. All rows have the same length. */
export const inChunks = <TRow extends readonly SqlValue[]>(
  rows: readonly TRow[],
): readonly (readonly TRow[])[] => {
  const size = Math.floor(maxParameters / Math.max(1, rows[0]?.length ?? 1))
  const chunks: (readonly TRow[])[] = []
  for (let start = 0; start < rows.length; start += size) chunks.push(rows.slice(start, start + size))
  return chunks
}

/** Prisma's tag function takes the texts with their `raw` twin, as a template literal has them. */
const asTemplate = (texts: readonly string[]): TemplateStringsArray =>
  Object.assign([...texts], { raw: texts })

export const query = async <TRow>(runner: SqlRunner, { texts, values }: Sql): Promise<readonly TRow[]> =>
  await runner.$queryRaw<readonly TRow[]>(asTemplate(texts), ...values)

/** How many rows it changed. */
export const execute = async (runner: SqlRunner, { texts, values }: Sql): Promise<number> =>
  await runner.$executeRaw(asTemplate(texts), ...values)
