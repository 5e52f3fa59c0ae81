import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Provider } from '../../store/prisma/dialect/dialect.ts'
import { blocksOf } from './blocks.ts'
import { codeOf, tableOf } from './model.ts'

export interface OwnModel {
  readonly name: string
  readonly table: string
  /** The comments above it. */
  readonly comment: readonly string[]
  /** The lines between the braces. */
  readonly lines: readonly string[]
}

/** As they come with this package; the file lies beside both `src` and `dist`. */
export const readOwnModels = async (provider: Provider): Promise<readonly OwnModel[]> => {
  const file = fileURLToPath(new URL(`../../../prisma/${provider}/schema.prisma`, import.meta.url))
  const text = await readFile(file, 'utf8')
  return blocksOf(text)
    .filter(({ kind }) => kind === 'model')
    .map(({ name, start, bodyStart, bodyEnd }) => {
      const body = text.slice(bodyStart, bodyEnd)
      const above = linesOf(text.slice(0, start))
      const comment = above.slice(above.findLastIndex((line) => !line.startsWith('///')) + 1)
      return { name, table: tableOf(body, name), comment, lines: linesOf(body) }
    })
}

export const linesOf = (text: string): readonly string[] => text.replace(/\r?\n$/, '').split(/\r?\n/)

/** A table, as far as the store depends on it. */
export interface ExpectedTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly primaryKey: readonly string[]
  readonly indexes: readonly ExpectedIndex[]
}

export interface ExpectedIndex {
  readonly columns: readonly string[]
  readonly unique: boolean
}

const columnsIn = (code: string): readonly string[] =>
  (/\[([^\]]*)\]/.exec(code)?.[1] ?? '').split(',').map((column) => column.trim())

export const expectedTable = ({ table, lines }: OwnModel): ExpectedTable => {
  const codes = lines.map(codeOf).filter((code) => code !== '')
  const columnOf = new Map(
    codes
      .filter((code) => !code.startsWith('@@'))
      .map((code) => {
        const [field = ''] = code.split(' ')
        return [field, /@map\("(\w+)"\)/.exec(code)?.[1] ?? field] as const
      }),
  )
  const columnsOf = (code: string): readonly string[] =>
    columnsIn(code).map((field) => columnOf.get(field) ?? field)
  const key = codes.find((code) => code.startsWith('@@id('))
  const single = codes.find((code) => / @id\b/.test(code))?.split(' ')[0]
  const primaryKey = key === undefined ? [columnOf.get(single ?? '') ?? ''] : columnsOf(key)
  return {
    name: table,
    columns: [...columnOf.values()],
    primaryKey,
    indexes: codes
      .filter((code) => /^@@(index|unique)\(/.test(code))
      .map((code) => ({ columns: columnsOf(code), unique: code.startsWith('@@unique') })),
  }
}
