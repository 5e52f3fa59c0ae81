import { expect, test } from 'vitest'
import { decodePortable, encodePortable } from '../../src/base/codec.ts'
import { dispositions } from '../../src/base/errors.ts'
import { liveEvent } from '../../src/protocol/live.ts'
import { change } from '../../src/protocol/pull.ts'
import { wireOperation } from '../../src/protocol/push.ts'
import { refusal } from '../../src/protocol/refusal.ts'
import { procedures } from '../../src/protocol/table.ts'
import { result, verdict } from '../../src/protocol/verdict.ts'
import { fileKinds, fixtures } from './fixtures.ts'

test.each(fixtures)('$title can be read, without loss', ({ message, schemas }) => {
  for (const schema of schemas) expect(schema.parse(message)).toEqual(message)
})

/** Free-form members, where nothing is unknown. */
const open: ReadonlySet<string> = new Set(['details', 'operations'])

const withUnknownKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withUnknownKeys)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([key, member]): [string, unknown] => [
    key,
    open.has(key) ? member : withUnknownKeys(member),
  ])
  return { ...Object.fromEntries(members), keyOfTheFuture: { a: [1] } }
}

test.each(fixtures)('$title: keys of a newer peer are ignored', ({ message, schemas }) => {
  for (const schema of schemas) expect(schema.parse(withUnknownKeys(message))).toEqual(message)
})

test('a malformed operation never fails its batch, only itself', () => {
  const batch = fixtures.find(({ title }) => title === 'v1/push.input: with a malformed operation')
  const { operations } = procedures.push.input.parse(batch?.message)
  expect(operations.map((one) => wireOperation.safeParse(one).success)).toEqual([true, false, false])
})

const objectsIn = (value: unknown): readonly Readonly<Record<string, unknown>>[] => {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap(objectsIn)
  return Array.isArray(value) ? inner : [{ ...value }, ...inner]
}

const objects = fixtures.flatMap(({ message }) => objectsIn(message))

interface KindSchema {
  readonly def: { readonly values: readonly string[] }
}
const kinds = (union: {
  readonly def: { readonly options: readonly { readonly shape: { readonly kind: KindSchema } }[] }
}) => union.def.options.flatMap(({ shape }) => shape.kind.def.values)

test('every kind of message, verdict, result, change and refusal is stored', () => {
  expect(new Set(fixtures.map(({ file }) => file))).toEqual(new Set(fileKinds))
  const stored = new Set(objects.flatMap(({ kind }) => kind ?? []))
  expect(stored).toEqual(
    new Set(['answer', ...kinds(change), ...kinds(verdict), ...kinds(result), ...kinds(liveEvent)]),
  )
  const refused = objects.filter(({ kind }) => kind === 'refused').map(({ code }) => code)
  expect(new Set(refused)).toEqual(new Set(Object.keys(dispositions)))
})

test('every encoded value of the stored messages decodes, and is written the same way', () => {
  const encoded = objects.flatMap(({ payload, data, serverData, clientData }) =>
    [payload, data, serverData, clientData].filter((text) => typeof text === 'string'),
  )
  expect(encoded.length).toBeGreaterThan(20)
  for (const text of encoded) expect(encodePortable(decodePortable(text))).toBe(text)
})

test('a refusal of every code can be read', () => {
  expect(new Set(refusal.shape.code.def.values)).toEqual(new Set(Object.keys(dispositions)))
})
