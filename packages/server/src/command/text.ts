export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

/** Lines of columns, two spaces apart. */
export const table = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] => {
  const lines = [columns.map(({ title }) => title), ...rows]
  const widths = columns.map((_, place) =>
    lines.reduce((widest, line) => Math.max(widest, (line[place] ?? '').length), 0),
  )
  return lines.map((line) =>
    columns
      .map(({ align = 'left' }, place) => {
        const [cell, width] = [line[place] ?? '', widths[place] ?? 0]
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
}

const longest = 60

/** Names are users' data: what would move the cursor or turn the line around is shown as its code. */
export const printable = (name: string): string => {
  const safe = name.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
  return safe.length <= longest ? safe : `${safe.slice(0, longest - 1)}…`
}

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

/** To the second, in UTC; `-` for never. */
export const showTime = (time: number | undefined): string =>
  time === undefined ? '-' : `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')}Z`
