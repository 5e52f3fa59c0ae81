import { crc32 } from 'node:zlib'

/** One line of the file: a checksum, and JSON, which has no line breaks of its own. */
export const toLine = (content: unknown): string => {
  const text = JSON.stringify(content)
  return `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`
}

/** Undefined: this is not what was written. */
const readLine = (line: string): unknown => {
  const text = line.slice(9)
  return line.startsWith(`${crc32(text).toString(16).padStart(8, '0')} `) ? JSON.parse(text) : undefined
}

export interface Lines {
  readonly contents: readonly unknown[]
  /** How many bytes the whole lines take. */
  readonly length: number
  /** What comes after them: nothing, the end of a write that was cut off, or damage with whole lines behind it. */
  readonly rest: 'none' | 'torn' | 'damaged'
}

const lineBreak = 10

/** All whole lines from the start. Only the last line can be torn: each is on the disk before the next is written. */
export const readLines = (bytes: Buffer): Lines => {
  const contents: unknown[] = []
  let length = 0
  let isDamaged = false
  for (let start = 0, end: number; (end = bytes.indexOf(lineBreak, start)) >= 0; start = end + 1) {
    const content = readLine(bytes.toString('utf8', start, end))
    if (content === undefined) isDamaged = true
    else if (isDamaged) return { contents, length, rest: 'damaged' }
    else {
      contents.push(content)
      length = end + 1
    }
  }
  return { contents, length, rest: length === bytes.length ? 'none' : 'torn' }
}
