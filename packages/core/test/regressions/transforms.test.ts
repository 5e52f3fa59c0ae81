import { expect, test } from 'vitest'
import { collection, defineSchema } from '@holdfast/core'
import { z } from 'zod'
import { failure } from '../support/failure.ts'

const define = (field: z.ZodType) =>
  defineSchema({
    version: '1.0.0',
    collections: { notes: collection({ fields: z.object({ id: z.string(), field }) }) },
  })

const louder = z.string().transform((text) => `${text}!`)

interface Tree {
  readonly name: string
  readonly children: readonly Tree[]
}
const treeOf = (name: z.ZodType<string>): z.ZodType<Tree> => {
  const tree: z.ZodType<Tree> = z.object({ name, children: z.array(z.lazy(() => tree)) })
  return tree
}

const transforming: readonly [string, z.ZodType][] = [
  ['transform', louder],
  ['preprocess', z.preprocess((value) => `${String(value)}!`, z.string())],
  ['codec', z.codec(z.string(), z.number(), { decode: Number, encode: String })],
  ['stringbool', z.stringbool()],
  ['optional', louder.optional()],
  ['nullable', louder.nullable()],
  ['default', louder.default('x')],
  ['prefault', louder.prefault('x')],
  ['catch', louder.catch('x')],
  ['readonly', louder.readonly()],
  ['array', z.array(louder)],
  ['set', z.set(louder)],
  ['union', z.union([z.number(), louder])],
  ['discriminated union', z.discriminatedUnion('kind', [z.object({ kind: z.literal('a'), text: louder })])],
  ['intersection', z.intersection(z.object({ a: z.string() }), z.object({ b: louder }))],
  ['tuple', z.tuple([z.string(), louder])],
  ['rest of a tuple', z.tuple([z.string()], louder)],
  ['object', z.object({ deep: z.object({ deeper: louder }) })],
  ['catchall', z.object({}).catchall(louder)],
  ['values of a record', z.record(z.string(), louder)],
  ['values of a map', z.map(z.string(), louder)],
  ['pipe', z.string().pipe(louder)],
  ['lazy', z.lazy(() => louder)],
  ['a type that holds itself', treeOf(louder)],
]

test.each(transforming)('a field that transforms is refused: %s', async (_name, type) => {
  const error = await failure(() => define(type), 'MISCONFIGURED')
  expect(error.details).toEqual({ option: 'schema.collections.notes.fields' })
  expect(error.message).toContain('"field"')
})

const lasting: readonly [string, z.ZodType][] = [
  ['default', z.string().default('x')],
  ['prefault', z.string().prefault('x')],
  ['catch', z.string().catch('x')],
  ['trim', z.string().trim().toLowerCase()],
  ['coerce', z.coerce.number()],
  ['refine', z.string().refine((text) => text !== 'x')],
  ['pipe', z.string().pipe(z.string().min(1))],
  ['json', z.json()],
  ['a type that holds itself', treeOf(z.string())],
]

test.each(lasting)('a field that gives the same again is taken: %s', (_name, type) => {
  expect(() => define(type)).not.toThrow()
})
