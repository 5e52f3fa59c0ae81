import type { Portable, Wanted } from '@holdfast/core'
import type { FieldTypeConformanceOptions, SeededRandom } from '@holdfast/core/testing'
import { otJson, otText } from '@holdfast/plugins/ot'
import type { JSONOp } from 'ot-json1'
import type { TextOp } from 'ot-text-unicode'
import { z } from 'zod'

type OtCase = Omit<FieldTypeConformanceOptions, 'test'>

const set = (value: Portable): Wanted => ({ kind: 'set', value })
const change = (input: TextOp | JSONOp): Wanted => ({ kind: 'change', input: input as Portable })

const letters = ['a', 'b', ' ', '\n', 'é', '😀', '👩‍👩‍👧'] as const
const someText = (random: SeededRandom, most = 4): string =>
  Array.from({ length: random.between(1, most) }, () => random.pick(letters)).join('')

const pointsOf = (value: Portable): readonly string[] => (typeof value === 'string' ? Array.from(value) : [])

const insertion = (random: SeededRandom, value: Portable): TextOp => {
  const at = random.between(0, pointsOf(value).length)
  return at === 0 ? [someText(random)] : [at, someText(random)]
}

const deletion = (random: SeededRandom, value: Portable): TextOp => {
  const { length } = pointsOf(value)
  const at = random.between(0, length - 1)
  const count = random.between(1, Math.min(3, length - at))
  return at === 0 ? [{ d: count }] : [at, { d: count }]
}

/** What an operation comes to, said with a cursor. */
const edited = (value: Portable, operation: TextOp): string => {
  const rest = [...pointsOf(value)]
  let done = ''
  for (const component of operation) {
    if (typeof component === 'string') done += component
    else if (typeof component === 'number') done += rest.splice(0, component).join('')
    else rest.splice(0, Number(component.d))
  }
  return done + rest.join('')
}

const textEffect = (before: Portable, wanted: Wanted): Portable =>
  wanted.kind === 'set' ? wanted.value : edited(before, wanted.input as TextOp)

const spliced = (random: SeededRandom, value: Portable): string => {
  const kept = [...pointsOf(value)]
  kept.splice(random.between(0, kept.length), random.between(0, 3), ...pointsOf(someText(random)))
  return kept.join('')
}

export const otTextCase: OtCase = {
  field: otText,
  commutative: false,
  alwaysShown: false,
  wishes(random, value) {
    if (random.chance(0.3)) return set(spliced(random, value))
    const canDelete = pointsOf(value).length > 0 && random.chance(0.4)
    return change(canDelete ? deletion(random, value) : insertion(random, value))
  },
  effect: textEffect,
}

/** As long as nobody deletes. */
export const otTextInsertionsCase: OtCase = {
  ...otTextCase,
  alwaysShown: true,
  wishes: (random, value) => change(insertion(random, value)),
}

type Members = Readonly<Record<string, Portable>>
const isObject = (value: Portable | undefined): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const keys = ['a', 'b', 'c', 'é😀'] as const

const someValue = (random: SeededRandom, depth = 2): Portable => {
  if (depth > 0 && random.chance(0.3))
    return Object.fromEntries(
      Array.from({ length: random.between(0, 3) }, () => [random.pick(keys), someValue(random, depth - 1)]),
    )
  if (depth > 0 && random.chance(0.3))
    return Array.from({ length: random.between(0, 3) }, () => someValue(random, depth - 1))
  return random.pick([1, -2.5, '', 'x', someText(random), null, true])
}

type Path = readonly (string | number)[]
interface Place {
  readonly path: Path
  readonly value: Portable
}

/** Each place in a document; the document itself first. */
const placesIn = (value: Portable, path: Path = []): readonly Place[] => {
  const inside = Array.isArray(value)
    ? (value as readonly Portable[]).flatMap((member, index) => placesIn(member, [...path, index]))
    : isObject(value)
      ? Object.entries(value).flatMap(([key, member]) => placesIn(member, [...path, key]))
      : []
  return [{ path, value }, ...inside]
}

const someOperation = (random: SeededRandom, document: Portable): JSONOp => {
  const { path, value } = random.pick(placesIn(document))
  const free = keys.filter((key) => isObject(value) && !Object.hasOwn(value, key))
  if (Array.isArray(value) && random.chance(0.5))
    return [...path, random.between(0, value.length), { i: someValue(random) }] as JSONOp
  if (free.length > 0 && random.chance(0.5))
    return [...path, random.pick(free), { i: someValue(random) }] as JSONOp
  if (typeof value === 'number' && random.chance(0.7)) return [...path, { ena: random.between(1, 9) }]
  if (typeof value === 'string' && random.chance(0.7)) {
    const deletes = value !== '' && random.chance(0.3)
    return [...path, { es: deletes ? deletion(random, value) : insertion(random, value) }]
  }
  if (isObject(document) && random.chance(0.3)) {
    const [from, to] = [Object.keys(document)[0], keys.find((key) => !Object.hasOwn(document, key))]
    if (from !== undefined && to !== undefined) {
      const [picked, dropped]: JSONOp[] = [
        [from, { p: 0 }],
        [to, { d: 0 }],
      ]
      return (from < to ? [picked, dropped] : [dropped, picked]) as JSONOp
    }
  }
  if (path.length > 0 && random.chance(0.5)) return [...path, { r: true }]
  return [...path, { r: true, i: someValue(random) }] as JSONOp
}

export const otJsonCase: OtCase = {
  field: () => otJson(z.unknown()),
  commutative: false,
  alwaysShown: false,
  wishes(random, value) {
    // Nobody sees whether a document of null is there.
    if (value === null || random.chance(0.1)) return set(someValue(random))
    if (isObject(value) && random.chance(0.3))
      return set({ ...value, [random.pick(keys)]: someValue(random) })
    return change(someOperation(random, value))
  },
}
