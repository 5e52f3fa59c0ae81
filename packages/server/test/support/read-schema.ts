import { readFileSync } from 'node:fs'

export interface Column {
  readonly name: string
  readonly type: string
  /** Its place in the primary key, from 1; 0: none. */
  readonly primary: number
}

/** A table, as far as schemas and migrations have to agree about it. */
export interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  /** `1 a,b` for a unique index on a and b, `0 a` for any other on a; sorted. */
  readonly indexes: readonly string[]
}

const types: Readonly<Record<string, string>> = { String: 'TEXT', BigInt: 'BIGINT', Boolean: 'BOOLEAN' }

const listOf = (text: string): readonly string[] => text.split(',').map((part) => part.trim())

/** The tables that a Prisma schema describes, in the part of its language that ours use. */
export const readSchema = (file: string): readonly Table[] => {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/^model \w+ \{\n([\s\S]*?)^\}/gm)].map(([, body = '']) => {
    const lines = body
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('//'))
    const fields = lines.filter((line) => !line.startsWith('@@'))
    const columnOf = new Map(
      fields.map((line) => {
        const [field = ''] = line.split(/\s+/)
        return [field, /@map\("(\w+)"\)/.exec(line)?.[1] ?? field]
      }),
    )
    const columnsIn = (attribute: string): readonly (readonly string[])[] =>
      lines.flatMap((line) => {
        const found = new RegExp(`^@@${attribute}\\(\\[([^\\]]+)\\]`).exec(line)?.[1]
        return found === undefined ? [] : [listOf(found).map((field) => columnOf.get(field) ?? field)]
      })
    const [key = []] = columnsIn('id')
    return {
      name: /@@map\("(\w+)"\)/.exec(body)?.[1] ?? '',
      columns: fields.map((line) => {
        const [field = '', type = ''] = line.split(/\s+/)
        const name = columnOf.get(field) ?? field
        const primary = / @id\b/.test(line) ? 1 : key.indexOf(name) + 1
        return { name, type: types[type] ?? type, primary }
      }),
      indexes: [
        ...columnsIn('index').map((columns) => `0 ${columns.join()}`),
        ...columnsIn('unique').map((columns) => `1 ${columns.join()}`),
      ].toSorted(),
    }
  })
}
