import { typeRank } from './order.ts'
import type { Portable } from './portable.ts'

/** Most characters that one value takes up, so that a key of several values stays short. */
const longest = 72

/** After a value that is there as a whole: below every character of one that goes on. */
const end = ' '
/** After a value that was cut, and after one whose text says no more than its type: see `isExact`. */
const cut = '"'
/** Between a whole value and a cut one of the same beginning. */
const between = '!'
const behindCut = '#'

/**
 * A portable value as printable ASCII without `/`, whose bytewise order is that of `comparePortable`. No text of a
 * whole value is the beginning of another's. Values that are too long, and bytes, lists and objects, share one text
 * with others: whoever compares by texts has to look at the values again.
 */
export const orderedText = (value: Portable): string => {
  const { rank, content, isWhole } = toText(value)
  return `${rank}${content}${isWhole ? end : cut}`
}

/** False where other values have this text (or these texts) too. */
export const isExact = (texts: string): boolean => !texts.includes(cut)

/**
 * The first `count` of the texts that were written one after the other; fewer where one was cut, since those behind it
 * tell no order.
 */
export const firstTexts = (texts: string, count: number): string => {
  let seen = 0
  for (let at = 0; at < texts.length; at += 1) {
    if (texts[at] === end) seen += 1
    if (texts[at] === cut || seen === count) return texts.slice(0, at + 1)
  }
  return texts
}

/** Where the values of one type begin: the beginning of all their texts. */
export const typeText = (value: Portable): string => `${typeRank(value)}`

/** Below the text of `value`, and above all lower ones. It is nobody's. */
export const textBefore = (value: Portable): string => {
  const { rank, content, isWhole } = toText(value)
  return `${rank}${content}${isWhole ? '' : between}`
}

/** Above the text of `value`, and below all higher ones. It is nobody's. */
export const textBehind = (value: Portable): string => {
  const { rank, content, isWhole } = toText(value)
  return `${rank}${content}${isWhole ? between : behindCut}`
}

/** The beginning of the texts of all strings that start with `beginning`; `isExact` where of no others. */
export const textsStartingWith = (
  beginning: string,
): { readonly text: string; readonly isExact: boolean } => {
  const { rank, content, isWhole } = toText(beginning)
  return { text: `${rank}${content}`, isExact: isWhole }
}

interface Text {
  readonly rank: number
  readonly content: string
  readonly isWhole: boolean
}

const toText = (value: Portable): Text => {
  const content = contentOf(value)
  const isWhole = content !== undefined && content.length <= longest
  // Cut at a fixed length: two texts then compare as their values do, or are equal.
  return { rank: typeRank(value), content: content?.slice(0, longest) ?? '', isWhole }
}

/** Undefined: the type has no text. */
const contentOf = (value: Portable): string | undefined => {
  switch (typeof value) {
    case 'boolean':
      return value ? '1' : '0'
    case 'number':
      return numberText(value)
    case 'bigint':
      return bigintText(value)
    case 'string':
      return stringText(value)
    default:
      if (value === null) return ''
      return value instanceof Date ? numberText(value.getTime()) : undefined
  }
}

/** The bits of an IEEE 754 double, with the sign turned over, and all bits of a negative number: in order. */
const numberText = (value: number): string => {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value === 0 ? 0 : value)
  const isNegative = value < 0
  const high = view.getUint32(0) ^ (isNegative ? 0xffff_ffff : 0x8000_0000)
  const low = view.getUint32(4) ^ (isNegative ? 0xffff_ffff : 0)
  return hex(high) + hex(low)
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')

/** Its sign, how many digits it has, and the digits; of a negative one each digit turned over. */
const bigintText = (value: bigint): string => {
  const digits = (value < 0n ? -value : value).toString()
  const text = String(digits.length).padStart(4, '0') + digits
  return value < 0n ? `0${text.replace(/\d/g, (digit) => String(9 - Number(digit)))}` : `1${text}`
}

const first = 0x30
const last = 0x7c
const size = last - first + 1
const twoDigits = size ** 2

/** Most letters and digits stand for themselves; of others, a mark below or above them tells the length. */
const stringText = (text: string): string => {
  let result = ''
  for (let index = 0; index < text.length && result.length <= longest; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < first) result += `!${digit(unit)}`
    else if (unit <= last) result += String.fromCharCode(unit)
    else result += markedUnit(unit - last - 1)
  }
  return result
}

const markedUnit = (number: number): string => {
  if (number < twoDigits) return `}${digit(Math.floor(number / size))}${digit(number % size)}`
  const rest = number - twoDigits
  return `~${digit(Math.floor(rest / twoDigits))}${digit(Math.floor(rest / size) % size)}${digit(rest % size)}`
}

const digit = (number: number): string => String.fromCharCode(first + number)
