import { expect, test } from 'vitest'
import { z } from 'zod'
import { hasCode } from '../../src/base/errors.ts'
import { counter } from '../../src/model/fields/counter.ts'
import { collection, collectionOf, defineSchema, type AnyCollection } from '../../src/model/schema.ts'
import { fieldMerge } from '../../src/model/strategies/field-merge.ts'
import { lastWriteWins } from '../../src/model/strategies/last-write-wins.ts'
import { manual, optimisticVersion } from '../../src/model/strategies/manual.ts'
import { validateInput, validatePatch, validateRecord } from '../../src/model/validate.ts'
import { isNewerVersion } from '../../src/model/version.ts'

const fields = z.object({
  id: z.string(),
  title: z.string().min(1),
  done: z.boolean().default(false),
  meta: z.object({ tags: z.array(z.string()) }).optional(),
  free: z.unknown().optional(),
})
const todos = collection({ fields })
const rename = {
  input: z.object({ title: z.string() }),
  apply: (todo: Readonly<Record<string, unknown>>) => todo,
}

const withOperation = (name: string): AnyCollection => ({ ...todos, operations: { [name]: rename } })
const withField = (name: string): AnyCollection => ({
  ...todos,
  fields: z.object({ id: z.string(), [name]: z.string() }),
})
const withType = (typed: z.core.$ZodType): AnyCollection => ({
  ...todos,
  fields: z.object({ id: z.string(), typed }),
})

test.each<[string, string, Record<string, AnyCollection>, RegExp]>([
  ['a version that is not semver', '1.0', {}, /must look like 1\.2\.0/],
  [
    'a collection name with a dash',
    '1.0.0',
    { 'to-dos': todos },
    /collection name "to-dos" must be a letter/,
  ],
  ['an empty name', '1.0.0', { '': todos }, /collection name ""/],
  ['a name of 65 letters', '1.0.0', { ['a'.repeat(65)]: todos }, /at most 63/],
  ['the name constructor', '1.0.0', { constructor: todos }, /reserved by JavaScript/],
  ['a field $deleted', '1.0.0', { todos: withField('$deleted') }, /field name "\$deleted"/],
  ['a field toString', '1.0.0', { todos: withField('toString') }, /reserved by JavaScript/],
  ['a field valueOf', '1.0.0', { todos: withField('valueOf') }, /reserved by JavaScript/],
  ['no id', '1.0.0', { todos: { ...todos, fields: z.object({ title: z.string() }) } }, /needs a field id/],
  [
    'a counter that may be absent',
    '1.0.0',
    { todos: withType(z.optional(counter())) },
    /"typed" of "todos" wraps/,
  ],
  [
    'a counter in an object',
    '1.0.0',
    { todos: withType(z.object({ at: z.lazy(() => z.array(counter())) })) },
    /"typed" of "todos" wraps/,
  ],
  ['an operation update', '1.0.0', { todos: withOperation('update') }, /built-in operation/],
  ['an operation move', '1.0.0', { todos: withOperation('move') }, /built-in operation/],
  ['an operation with a space', '1.0.0', { todos: withOperation('re name') }, /operation name/],
])('%s is refused', (_, version, collections, sentence) => {
  const define = (): unknown => defineSchema({ version, collections })
  expect(define).toThrow(sentence)
  expect(define).toThrow(expect.toSatisfy((error) => hasCode(error, 'MISCONFIGURED')))
})

const indexed = z.object({
  ...fields.shape,
  place: z.object({ city: z.string(), 'a b': z.string() }).nullable().default(null),
  kind: z.union([z.string(), z.object({ name: z.string(), from: z.date() })]),
  labels: z.record(z.string(), z.number()),
  tree: z.lazy(() => fields).optional(),
})
const withIndexes = (indexes: AnyCollection['indexes']): AnyCollection => ({
  ...todos,
  fields: indexed,
  indexes,
})

test.each<[string, AnyCollection['indexes'], RegExp]>([
  ['of no field', [[]], /names no field/],
  ['of an unknown field', [['titel']], /names "titel", and there is no such field/],
  ['of an unknown field of an object', [['done', 'place.town']], /names "place.town", and there is no such/],
  ['of a field of a text', [['title.length']], /"title.length", and there is no such/],
  ['of an inherited name', [['place.toString']], /no such field/],
  ['of an object', [['place']], /"place", which may hold a value of type object/],
  ['of what may be an object', [['kind']], /"kind", which may hold a value of type object/],
  ['of a list', [['meta.tags']], /"meta.tags", which may hold a value of type array/],
  ['of a table', [['labels']], /"labels", which may hold a value of type record/],
  ['that is there twice', [['done', 'title'], ['done'], ['done', 'title']], /"done:title" is there twice/],
  ['that names a field twice', [['done', 'done']], /names a field twice/],
  ['of five fields', [['free', 'title', 'done', 'place.city', 'labels.x']], /more than 4 fields/],
  ['of the id', [['done', 'id']], /the id: it comes last in every index/],
  ['with a long name', [[`labels.${'ü'.repeat(40)}`]], /too long a name/],
  [
    'one too many',
    Array.from({ length: 17 }, (_, index) => [`labels.x${index}`]),
    /17 indexes; the most is 16/,
  ],
])('[QU06] an index %s is refused', (_, indexes, sentence) => {
  const define = (): unknown =>
    defineSchema({ version: '1.0.0', collections: { todos: withIndexes(indexes) } })
  expect(define).toThrow(sentence)
  expect(define).toThrow(
    expect.toSatisfy(
      (error) =>
        hasCode(error, 'MISCONFIGURED') && error.details.option === 'schema.collections.todos.indexes',
    ),
  )
})

test('[QU06] fields, paths and lists of them can be indexes', () => {
  const indexes = ['done', ['title', 'done'], 'place.city', 'place.a b', 'labels.red', 'free'] as const
  const todosByMore = collection({ fields: indexed, indexes: [...indexes, 'tree.title', 'free.any.thing'] })
  expect(defineSchema({ version: '1.0.0', collections: { todos: todosByMore } })).toBeDefined()
  expect(todosByMore.indexes.slice(0, 3)).toEqual([['done'], ['title', 'done'], ['place.city']])
  expect(todos.indexes).toEqual([])
})

test('what has no inherited name is found, nothing else', () => {
  const schema = defineSchema({ version: '1.0.0-beta.1', collections: { todos } })
  expect(collectionOf(schema, 'todos')).toBe(todos)
  for (const name of ['todo', 'toString', '__proto__']) {
    expect(() => collectionOf(schema, name)).toThrow(`no collection "${name}"`)
  }
})

test('the policy of deletions follows the strategy', () => {
  expect(collection({ fields })).toMatchObject({ conflict: { name: 'lastWriteWins' }, deletes: 'editWins' })
  expect(collection({ fields, conflict: fieldMerge() }).deletes).toBe('editWins')
  expect(collection({ fields, conflict: manual() }).deletes).toBe('editWins')
  expect(collection({ fields, conflict: optimisticVersion() }).deletes).toBe('ask')
  expect(collection({ fields, conflict: lastWriteWins(), deletes: 'deleteWins' }).deletes).toBe('deleteWins')
})

const pathOf = (run: () => unknown): string | undefined => {
  try {
    run()
  } catch (error) {
    if (hasCode(error, 'INVALID')) return error.details.path
    throw error
  }
  throw new Error('It was accepted.')
}

test('a record gets its defaults, and undefined leaves a field out', () => {
  expect(validateRecord(todos, { id: 'r1', title: 'a', meta: undefined })).toStrictEqual({
    id: 'r1',
    title: 'a',
    done: false,
  })
})

test.each<[unknown, string]>([
  [null, ''],
  [[], ''],
  [{ id: 'r1' }, 'title'],
  [{ id: 'r1', title: '' }, 'title'],
  [{ id: 'r1', title: 'a', x: 1 }, 'x'],
  [{ id: 'r1', title: 'a', meta: { tags: ['a', 1] } }, 'meta.tags.1'],
  [{ id: 'r1', title: 'a\u0000' }, 'title'],
  [{ id: 'r1', title: 'a', free: [Number.NaN] }, 'free[0]'],
])('the record %j is refused, with its place', (record, path) => {
  expect(pathOf(() => validateRecord(todos, record))).toBe(path)
})

test('a patch fills in nothing', () => {
  expect(validatePatch(todos, {})).toStrictEqual({})
  expect(validatePatch(todos, { title: 'b' })).toStrictEqual({ title: 'b' })
})

test.each<[unknown, string]>([
  ['a', ''],
  [{ id: 'r2' }, 'id'],
  [{ x: 1 }, 'x'],
  [{ title: undefined }, 'title'],
  [{ title: '' }, 'title'],
  [{ meta: { tags: [1] } }, 'meta.tags.0'],
  [{ free: new Map() }, 'free'],
])('the patch %j is refused, with its place', (patch, path) => {
  expect(pathOf(() => validatePatch(todos, patch))).toBe(path)
})

test('an input is refused with its place', () => {
  expect(validateInput(rename, { title: 'a' })).toEqual({ title: 'a' })
  expect(pathOf(() => validateInput(rename, { title: 1 }))).toBe('input.title')
})

test.each<[string, string, boolean]>([
  ['1.0.1', '1.0.0', true],
  ['1.10.0', '1.9.0', true],
  ['2.0.0', '1.99.99', true],
  ['1.0.0', '1.0.0', false],
  ['1.0.0', '1.0.1', false],
  ['1.0.0-beta', '1.0.0', false],
  ['1.0.0', '1.0.0-beta', false],
  ['1.1', '1.0.0', true],
  ['nonsense', '1.0.0', false],
])('%s newer than %s: %s', (left, right, newer) => {
  expect(isNewerVersion(left, right)).toBe(newer)
})
