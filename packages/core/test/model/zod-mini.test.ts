import { createSyncClient } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, expectTypeOf, test } from 'vitest'
import * as classic from 'zod'
import * as z from 'zod/mini'
import type { CreateInput, RecordOf, UpdateInput } from '../../src/client/collection-types.ts'
import { collection, defineSchema, type AnyCollection } from '../../src/model/schema.ts'
import { validateInput, validatePatch, validateRecord } from '../../src/model/validate.ts'
import { failure } from '../support/failure.ts'
import { localServer, scope } from '../support/transports.ts'

const fields = z.object({
  id: z.string(),
  title: z.string().check(z.minLength(1)),
  note: z.optional(z.string()),
  done: z._default(z.boolean(), false),
  place: z._default(z.object({ city: z.string() }), { city: 'here' }),
})

const todos = collection({
  fields,
  indexes: ['done', ['place.city', 'title']],
  operations: {
    rename: {
      input: z.object({ title: z.string(), loud: z._default(z.boolean(), false) }),
      apply(todo, input) {
        expectTypeOf(todo).toEqualTypeOf<z.output<typeof fields>>()
        expectTypeOf(input).toEqualTypeOf<{ title: string; loud: boolean }>()
        return { ...todo, title: input.loud ? input.title.toUpperCase() : input.title }
      },
    },
  },
})
const schema = defineSchema({ version: '1.0.0', collections: { todos } })

/** The same collection, written with `zod`. */
const classicFields = classic.object({
  id: classic.string(),
  title: classic.string().min(1),
  note: classic.string().optional(),
  done: classic.boolean().default(false),
  place: classic.object({ city: classic.string() }).default({ city: 'here' }),
})
const classicTodos = collection({
  fields: classicFields,
  operations: {
    rename: {
      input: classic.object({ title: classic.string(), loud: classic.boolean().default(false) }),
      apply: (todo) => todo,
    },
  },
})

test('zod/mini and zod infer the same', () => {
  type Mini = typeof todos
  type Classic = typeof classicTodos
  expectTypeOf<RecordOf<Mini>>().toEqualTypeOf<{
    id: string
    title: string
    note?: string | undefined
    done: boolean
    place: { city: string }
  }>()
  expectTypeOf<RecordOf<Mini>>().toEqualTypeOf<RecordOf<Classic>>()
  expectTypeOf<CreateInput<Mini>>().toEqualTypeOf<CreateInput<Classic>>()
  expectTypeOf<UpdateInput<Mini>>().toEqualTypeOf<UpdateInput<Classic>>()
  expectTypeOf<keyof Mini['operations']>().toEqualTypeOf<'rename'>()
  expectTypeOf(todos).toExtend<AnyCollection>()
})

test('misuse of zod/mini has the type errors of zod', () => {
  // @ts-expect-error Property 'id' is missing in type
  collection({ fields: z.object({ title: z.string() }) })
  // @ts-expect-error Type 'number' is not assignable to type 'string'
  collection({ fields: z.object({ id: z.number() }) })
  // @ts-expect-error Type '"place.town"' is not assignable to type
  collection({ fields, indexes: ['place.town'] })
  collection({
    fields,
    operations: {
      // @ts-expect-error Property 'text' does not exist on type
      wrong: { input: z.null(), apply: (todo) => ({ ...todo, title: todo.text }) },
    },
  })
})

test('records, patches and inputs are checked by zod/mini as by zod', async () => {
  for (const definition of [todos, classicTodos]) {
    expect(validateRecord(definition, { id: 'r', title: 'a', note: undefined })).toStrictEqual({
      id: 'r',
      title: 'a',
      done: false,
      place: { city: 'here' },
    })
    expect(validatePatch(definition, { done: true })).toStrictEqual({ done: true })
    expect(validateInput(definition.operations.rename, { title: 'b' })).toEqual({ title: 'b', loud: false })
    const refused: readonly [() => unknown, string][] = [
      [() => validateRecord(definition, { id: 'r', title: '' }), 'title'],
      [() => validateRecord(definition, { id: 'r', title: 'a', place: {} }), 'place.city'],
      [() => validateRecord(definition, { id: 'r', title: 'a', other: 1 }), 'other'],
      [() => validatePatch(definition, { place: { city: 1 } }), 'place.city'],
      [() => validateInput(definition.operations.rename, {}), 'input.title'],
    ]
    for (const [check, path] of refused) expect((await failure(check, 'INVALID')).details.path).toBe(path)
  }
})

test('a field of zod/mini that transforms is refused', async () => {
  const louder = z.pipe(
    z.string(),
    z.transform((text) => `${text}!`),
  )
  const define = () =>
    defineSchema({
      version: '1.0.0',
      collections: {
        notes: collection({ fields: z.object({ id: z.string(), louder: z.optional(louder) }) }),
      },
    })
  expect((await failure(define, 'MISCONFIGURED')).message).toContain('"louder"')
})

test('what is no object of zod 4 is refused', async () => {
  for (const alien of [undefined, {}, { shape: { id: z.string() } }, z.string()]) {
    const define = () =>
      defineSchema({ version: '1.0.0', collections: { notes: { ...todos, fields: alien as never } } })
    const error = await failure(define, 'MISCONFIGURED')
    expect(error.details).toEqual({ option: 'schema.collections.notes.fields' })
    expect(error.message).toContain('zod/mini')
  }
})

test('a device and its server share a schema of zod/mini', async () => {
  const transport = localServer({ schema })('u-1')
  const client = await createSyncClient({
    schema,
    user: 'u-1',
    storage: memoryStorage(),
    transport,
    scopes: [scope],
    autoStart: false,
  })
  const { operationId } = await client.collections.todos.create({ id: 'r', title: 'a' })
  await client.collections.todos.run.rename('r', { title: 'b', loud: true })
  client.start()
  expect(await client.operations.settled(operationId)).toMatchObject({ fate: { kind: 'applied' } })
  await client.syncNow()
  const found = await client.collections.todos.find({ where: { 'place.city': 'here' } })
  expectTypeOf(found).toEqualTypeOf<readonly z.output<typeof fields>[]>()
  expect(found).toEqual([{ id: 'r', title: 'B', done: false, place: { city: 'here' } }])
  await client.close()
})
