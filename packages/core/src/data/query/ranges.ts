import { typeRank } from '../../base/order.ts'
import {
  isExact,
  orderedText,
  textBefore,
  textBehind,
  textsStartingWith,
  typeText,
} from '../../base/ordered-text.ts'
import type { Portable } from '../../base/portable.ts'
import type { Term } from './conjunction.ts'

/** The texts that begin with `prefix` and lie between two others, which are no members themselves. */
export interface TextRange {
  readonly prefix: string
  readonly after?: string | undefined
  readonly before?: string | undefined
}

export interface Narrowed {
  readonly range: TextRange
  /** The terms that hold for whatever is in the range. */
  readonly exactFor: ReadonlySet<Term>
}

/** Where in an index the values of one field are that fit its terms; undefined where the terms say nothing of order. */
export const narrow = (terms: readonly Term[]): Narrowed | undefined => {
  const beginning = terms.find(({ operator }) => operator === 'startsWith')
  if (beginning !== undefined) {
    const { text, isExact: isWhole } = textsStartingWith(beginning.operand as string)
    return { range: { prefix: text }, exactFor: new Set(isWhole ? [beginning] : []) }
  }
  const bounds = terms.filter(({ operator }) => isLower(operator) || isUpper(operator))
  const [first] = bounds
  if (first === undefined) return undefined
  // A value is of one type: bounds of another one are left to whoever looks at the records.
  const sameType = bounds.filter(({ operand }) => typeRank(operand) === typeRank(first.operand))
  const lower = sameType.filter(({ operator }) => isLower(operator)).map(textOf)
  const upper = sameType.filter(({ operator }) => isUpper(operator)).map(textOf)
  return {
    range: {
      prefix: typeText(first.operand),
      after: lower.toSorted().at(-1),
      before: upper.toSorted()[0],
    },
    exactFor: new Set(sameType.filter(({ operand }) => isWhole(operand))),
  }
}

const isLower = (operator: string): boolean => operator === 'gt' || operator === 'gte'
const isUpper = (operator: string): boolean => operator === 'lt' || operator === 'lte'
const isWhole = (operand: Portable): boolean => isExact(orderedText(operand))

/** Of a bound that was cut, its neighbours with the same text are let in. */
const textOf = ({ operator, operand }: Term): string => {
  const isIncluded = operator === 'gte' || operator === 'lte' || !isWhole(operand)
  return isLower(operator) === isIncluded ? textBefore(operand) : textBehind(operand)
}

const idRule = /^[A-Za-z0-9_-]{1,64}$/

export const isId = (value: Portable): value is string => typeof value === 'string' && idRule.test(value)

/** Where the records are whose ids fit the terms. Whether they do is left to whoever looks at the records. */
export const narrowIds = (terms: readonly Term[]): TextRange => {
  const bounds = terms.flatMap(({ path, operator, operand }) =>
    path === 'id' && isId(operand) ? [{ operator, id: operand }] : [],
  )
  const lower = bounds.filter(({ operator }) => isLower(operator)).map(({ id }) => textBeforeId(id))
  const upper = bounds.filter(({ operator }) => isUpper(operator)).map(({ id }) => `${id} `)
  const beginning = bounds.find(({ operator }) => operator === 'startsWith')
  return {
    prefix: beginning?.id ?? '',
    after: lower.toSorted().at(-1),
    before: upper.toSorted()[0],
  }
}

/** Right below an id, above all lower ones: no id has a character above `z`. */
const textBeforeId = (id: string): string =>
  `${id.slice(0, -1)}${String.fromCharCode(id.charCodeAt(id.length - 1) - 1)}~`
