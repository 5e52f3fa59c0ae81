/** In place of `remove` characters from `at` on stands `insert`. Several of a text are in order, apart, and all count in it. */
export interface TextEdit {
  readonly at: number
  readonly remove: number
  readonly insert: string
}

const isHigh = (text: string, index: number): boolean => (text.charCodeAt(index) & 0xfc_00) === 0xd8_00
const isLow = (text: string, index: number): boolean => (text.charCodeAt(index) & 0xfc_00) === 0xdc_00

/** True where a place is inside of a character that takes two code units: nothing may be cut there. */
export const cutsPair = (text: string, at: number): boolean =>
  at > 0 && at < text.length && isHigh(text, at - 1) && isLow(text, at)

/** The same edit where the text has room for it: within it, and around whole characters. */
export const fitEdit = (text: string, { at, remove, insert }: TextEdit): TextEdit => {
  const start = Math.min(at, text.length)
  const end = Math.min(start + remove, text.length)
  const from = cutsPair(text, start) ? start - 1 : start
  const to = remove > 0 && cutsPair(text, end) ? end + 1 : Math.max(from, remove > 0 ? end : from)
  return { at: from, remove: to - from, insert }
}

export const applyEdits = (text: string, edits: readonly TextEdit[]): string => {
  let result = ''
  let read = 0
  for (const { at, remove, insert } of edits) {
    result += text.slice(read, at) + insert
    read = at + remove
  }
  return result + text.slice(read)
}
