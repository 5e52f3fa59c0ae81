import type { SeededRandom } from '@holdfast/core/testing'
import { jsonCases, naughtyTexts, nested, trickyNames } from '../corpora.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Stands in a value for JSON text that no value has. */
const rawMark = 'raw\u0001'
const raw = (text: string): string => `${rawMark}${text}`

const isRaw = (value: Json): value is string => typeof value === 'string' && value.startsWith(rawMark)

/** JSON text, with what stands in it raw, and members that are there twice. */
export const toText = (value: Json): string => {
  if (isRaw(value)) return value.slice(rawMark.length)
  if (Array.isArray(value)) return `[${value.map(toText).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${toText(member)}`)
  return `{${members.join()}}`
}

const numbers: readonly Json[] = [
  ...[-1, 0, 1, 0.5, -0, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e21, 1e308, 9_007_199_254_740_991],
  ...['1e400', '-1e400', '1e-400', '123456789012345678901234567890', '-0'].map(raw),
]

const shortCases = jsonCases.filter((text) => text.length < 2_000)

const odd = (random: SeededRandom): Json => {
  switch (
    random.weighted({ number: 3, naughty: 3, name: 3, plain: 3, nested: 1, long: 1, json: 2, tag: 1 })
  ) {
    case 'number':
      return random.pick(numbers)
    case 'naughty':
      return random.pick(naughtyTexts)
    case 'name':
      return random.pick(trickyNames)
    case 'plain':
      return random.pick<Json>([null, true, false, '', [], {}, 'null', [null], { '': '' }])
    case 'nested':
      return raw(nested(random.pick([10, 40, 100, 2_000, 20_000])))
    case 'long':
      return random.pick(['x', '\ud83d\ude00', '\u0000', '\ud800', '"']).repeat(random.pick([65, 129, 3_000]))
    case 'json':
      return raw(random.pick(shortCases))
    case 'tag':
      return random.pick<Json>([
        { $: 'date', v: 'never' },
        { $: 'bigint', v: '1'.repeat(1_001) },
        { $: 'entries', v: [['__proto__', { polluted: true }]] },
        { contains: '' },
        { set: 1 },
        { $: 'bytes', v: '====' },
      ])
  }
}

const retyped = (value: Json, random: SeededRandom): Json =>
  random.pick<Json>([[value], { value }, JSON.stringify(value), [[[value]]], { 0: value, length: 1 }])

/** One place of the value is another one afterwards. */
export const mutate = (value: Json, random: SeededRandom): Json => {
  const isLeaf = typeof value !== 'object' || value === null || Object.keys(value).length === 0
  if (isLeaf || random.chance(0.12)) return changed(value, random)
  if (Array.isArray(value)) return mutateList(value as readonly Json[], random)
  return mutateObject(value as { readonly [key: string]: Json }, random)
}

const changed = (value: Json, random: SeededRandom): Json => {
  if (typeof value === 'string' && /^[[{]/.test(value) && random.chance(0.8))
    return mutatedText(value, random)
  return random.chance(0.25) ? retyped(value, random) : odd(random)
}

/** An encoded value inside the message. */
const mutatedText = (text: string, random: SeededRandom): string => {
  try {
    return toText(mutate(JSON.parse(text) as Json, random))
  } catch {
    return spoil(text, random)
  }
}

const mutateList = (list: readonly Json[], random: SeededRandom): Json => {
  const at = random.between(0, list.length - 1)
  switch (random.weighted({ deeper: 6, drop: 1, twice: 1, more: 1 })) {
    case 'drop':
      return list.toSpliced(at, 1)
    case 'twice':
      return list.toSpliced(at, 0, list[at] ?? null)
    case 'more':
      return [...list, odd(random)]
    case 'deeper':
      return list.with(at, mutate(list[at] ?? null, random))
  }
}

const mutateObject = (object: { readonly [key: string]: Json }, random: SeededRandom): Json => {
  const keys = Object.keys(object)
  const key = random.pick(keys)
  const member = object[key] ?? null
  switch (random.weighted({ deeper: 8, drop: 2, renamed: 1, more: 2, twice: 1 })) {
    case 'drop':
      return without(object, key)
    case 'renamed':
      return withMember(without(object, key), random.pick(trickyNames), member)
    case 'more':
      return withMember(object, random.pick(trickyNames), odd(random))
    case 'twice':
      return raw(`${toText(object).slice(0, -1)},${JSON.stringify(key)}:${toText(odd(random))}}`)
    case 'deeper':
      return withMember(object, key, mutate(member, random))
  }
}

type Members = { readonly [key: string]: Json }

const without = (object: Members, key: string): Members =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))

/** Also under a name that assignment would take for the prototype. */
const withMember = (object: Members, key: string, member: Json): Members =>
  Object.fromEntries([...Object.entries(object).filter(([name]) => name !== key), [key, member]])

/** Text that may be no JSON any more. */
export const spoil = (text: string, random: SeededRandom): string => {
  const at = random.between(0, Math.max(0, text.length - 1))
  switch (random.weighted({ cut: 2, drop: 2, insert: 3, twice: 1, corpus: 2 })) {
    case 'cut':
      return text.slice(0, at)
    case 'drop':
      return text.slice(0, at) + text.slice(at + random.between(1, 8))
    case 'insert':
      return (
        text.slice(0, at) +
        random.pick(['"', '{', '}', ',', '\\', '\\u', '\u0000', '\ud800', '\u2028', '1e9']) +
        text.slice(at)
      )
    case 'twice':
      return text + text
    case 'corpus':
      return random.pick(jsonCases)
  }
}
