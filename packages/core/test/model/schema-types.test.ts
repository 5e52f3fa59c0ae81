import { expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import {
  collection,
  defineSchema,
  operation,
  type AnyCollection,
  type Schema,
} from '../../src/model/schema.ts'
import { validateRecord } from '../../src/model/validate.ts'

const fields = z.object({
  id: z.string(),
  title: z.string(),
  note: z.string().optional(),
  done: z.boolean().default(false),
})
interface Todo {
  readonly id: string
  readonly title: string
  readonly note?: string | undefined
  readonly done: boolean
}

const todos = collection({
  fields,
  operations: {
    rename: {
      input: z.object({ title: z.string(), loud: z.boolean().default(false) }),
      apply(todo, input) {
        expectTypeOf(todo).toEqualTypeOf<z.output<typeof fields>>()
        expectTypeOf(input).toEqualTypeOf<{ title: string; loud: boolean }>()
        return { ...todo, title: input.loud ? input.title.toUpperCase() : input.title }
      },
      reads: ['done'],
    },
    finish: { input: z.null(), apply: (todo) => ({ ...todo, done: true }) },
    annotated: operation({
      input: z.number(),
      apply: (todo: Todo, input) => {
        expectTypeOf(input).toEqualTypeOf<number>()
        return { ...todo, title: todo.title.repeat(input) }
      },
    }),
  },
})

test('the record type flows from the fields', () => {
  expectTypeOf<z.output<(typeof todos)['fields']>>().toExtend<Todo>()
  expectTypeOf<Parameters<(typeof todos)['operations']['finish']['apply']>[0]>().toEqualTypeOf<
    z.output<typeof fields>
  >()
  expectTypeOf<z.input<(typeof todos)['operations']['rename']['input']>>().toEqualTypeOf<{
    title: string
    loud?: boolean | undefined
  }>()
})

test('a schema keeps the types of its collections, and is a schema of any', () => {
  const schema = defineSchema({ version: '1.0.0', collections: { todos, tags: collection({ fields }) } })
  expectTypeOf<keyof typeof schema.collections>().toEqualTypeOf<'todos' | 'tags'>()
  expectTypeOf<keyof (typeof schema.collections.todos)['operations']>().toEqualTypeOf<
    'rename' | 'finish' | 'annotated'
  >()
  expectTypeOf<keyof (typeof schema.collections.tags)['operations']>().toEqualTypeOf<never>()
  expectTypeOf(schema).toExtend<Schema>()
  expectTypeOf(todos).toExtend<AnyCollection>()
})

test('operations in both forms run', () => {
  const record = validateRecord(todos, { id: 'r1', title: 'a' })
  expect(todos.operations.annotated.apply({ id: 'r1', title: 'a', done: false }, 3)['title']).toBe('aaa')
  expect(
    todos.operations.rename.apply({ id: 'r1', title: 'a', done: false }, { title: 'b', loud: true }),
  ).toEqual({
    ...record,
    title: 'B',
  })
})

test('misuse has a type error that says what is wrong', () => {
  // @ts-expect-error Property 'id' is missing in type
  collection({ fields: z.object({ title: z.string() }) })
  // @ts-expect-error Type 'number' is not assignable to type 'string'
  collection({ fields: z.object({ id: z.number() }) })
  // @ts-expect-error Type '"never"' is not assignable to type 'DeletePolicy'
  collection({ fields, deletes: 'never' })
  // @ts-expect-error 'operation' does not exist in type 'CollectionOptions
  collection({ fields, operation: {} })
  collection({
    fields,
    operations: {
      // @ts-expect-error Property 'text' does not exist on type
      wrong: { input: z.null(), apply: (todo) => ({ ...todo, title: todo.text }) },
    },
  })
  collection({
    fields,
    operations: {
      // @ts-expect-error Type 'string' is not assignable to type 'Readonly<Record<string, unknown>>'
      wrong: { input: z.null(), apply: () => 'x' },
    },
  })
  collection({
    fields,
    operations: {
      // @ts-expect-error Type 'boolean' is not assignable to type 'number'
      wrong: operation({ input: z.null(), apply: (todo: { readonly done: number }) => todo }),
    },
  })
  // @ts-expect-error Property 'version' is missing in type
  expect(() => defineSchema({ collections: {} })).toThrow('must look like 1.2.0')
})

test('a scope function knows the record, and a collection without one has none', () => {
  const placed = collection({
    fields,
    scope(todo) {
      expectTypeOf(todo).toEqualTypeOf<z.output<typeof fields>>()
      return todo.title
    },
  })
  const any: AnyCollection = placed
  expect(any.scope?.({ id: 'a', title: 'team-1', done: false })).toBe('team-1')
  expect(todos.scope).toBeUndefined()
  // @ts-expect-error Type 'boolean' is not assignable to type 'string'
  collection({ fields, scope: (todo) => todo.done })
})
