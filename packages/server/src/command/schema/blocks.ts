/** A part of a Prisma schema: `model Name { ... }`. Places are offsets in the text. */
export interface Block {
  readonly kind: string
  readonly name: string
  readonly start: number
  /** Between the brace's line and the closing one. */
  readonly bodyStart: number
  readonly bodyEnd: number
  readonly end: number
}

const spaces = (text: string): string => text.replaceAll(/[^\r\n]/g, ' ')

/** The text with its comments blanked; every other character stays where it is. */
export const withoutComments = (text: string): string =>
  text.replaceAll(/"(?:\\.|[^"\\\n])*"|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, (part) =>
    part.startsWith('"') ? part : spaces(part),
  )

export const blocksOf = (text: string): readonly Block[] => {
  const code = withoutComments(text)
  return [...code.matchAll(/^[ \t]*(\w+)[ \t]+(\w+)[ \t]*\{[ \t]*\r?$\n?/gm)].flatMap((header) => {
    const bodyStart = header.index + header[0].length
    const closing = /^[ \t]*\}/m.exec(code.slice(bodyStart))
    if (closing === null) return []
    const [, kind = '', name = ''] = header
    const bodyEnd = bodyStart + closing.index
    return [{ kind, name, start: header.index, bodyStart, bodyEnd, end: bodyEnd + closing[0].length }]
  })
}

/** The value of `key = "..."`; undefined where it is missing or not a plain text. */
export const settingIn = (text: string, { bodyStart, bodyEnd }: Block, key: string): string | undefined =>
  new RegExp(`^[ \\t]*${key}[ \\t]*=[ \\t]*"([^"]*)"`, 'm').exec(
    withoutComments(text).slice(bodyStart, bodyEnd),
  )?.[1]
