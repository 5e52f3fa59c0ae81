import { keyOf, type Write } from '../app/writes.ts'

/** A record as it has to be. */
export interface Row {
  readonly title: string
  readonly marks: readonly string[]
  readonly deleted: boolean
}

/** What a write does to a record. Shares nothing with the product. */
const writeRow = (row: Row | undefined, { kind, mark }: Write): Row => {
  const { title, marks } = row ?? { title: mark, marks: [] }
  switch (kind) {
    case 'create':
      return { title: mark, marks: [mark], deleted: false }
    case 'update':
      return { title: mark, marks, deleted: false }
    case 'mark':
      return { title, marks: [...marks, mark], deleted: false }
    case 'delete':
      return { title, marks, deleted: true }
  }
}

/** The records after these writes, one after the other. */
export const rowsAfter = (writes: readonly Write[]): ReadonlyMap<string, Row> => {
  const rows = new Map<string, Row>()
  for (const write of writes) rows.set(keyOf(write), writeRow(rows.get(keyOf(write)), write))
  return rows
}

/** One text for each living record. */
export const textsOf = (rows: ReadonlyMap<string, Row>): readonly string[] =>
  [...rows]
    .filter(([, { deleted }]) => !deleted)
    .map(([key, { title, marks }]) => textOf(key, title, marks))
    .toSorted()

export const textOf = (key: string, title: string, marks: readonly string[]): string =>
  `${key} "${title}": ${marks.join(' ')}`

/** What one of two sorted lists has and the other has not, for people. */
export const difference = (
  left: readonly string[],
  right: readonly string[],
  names: readonly [string, string],
): readonly string[] => {
  const [ofLeft, ofRight] = [new Set(left), new Set(right)]
  const only = (texts: readonly string[], others: ReadonlySet<string>, name: string): readonly string[] =>
    texts.filter((text) => !others.has(text)).map((text) => `only ${name}: ${text}`)
  return [...only(left, ofRight, names[0]), ...only(right, ofLeft, names[1])]
}
