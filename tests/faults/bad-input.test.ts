import { describe, expect, test } from 'vitest'
import { collection, createSyncClient, defineSchema } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { z } from 'zod'
import { failure } from '../../packages/core/test/support/failure.ts'
import { openWorld } from '../harness/world.ts'

const fields = z.object({ id: z.string(), any: z.unknown() })
const loose = defineSchema({ version: '1.0.0', collections: { things: collection({ fields }) } })
const transport = trpcTransport({ url: 'http://127.0.0.1:9/trpc' })

describe('a wrong schema definition is refused at once, with MISCONFIGURED', () => {
  const things = collection({ fields })
  const cases: readonly [name: string, define: () => unknown, hint: RegExp][] = [
    ['a version that is no semver', () => defineSchema({ version: 'one', collections: {} }), /1\.2\.0/],
    [
      'a collection name with a space',
      () => defineSchema({ version: '1.0.0', collections: { 'my things': things } }),
      /"my things"/,
    ],
    [
      'a reserved collection name',
      () => defineSchema({ version: '1.0.0', collections: { constructor: things } }),
      /reserved/,
    ],
    [
      'a field that starts with $',
      () => {
        const dollar = collection({ fields: z.object({ id: z.string(), $deleted: z.string() }) })
        return defineSchema({ version: '1.0.0', collections: { dollar } })
      },
      /\$deleted/,
    ],
    [
      'no id',
      () => {
        const nameless = { ...things, fields: z.object({ title: z.string() }) }
        return defineSchema({ version: '1.0.0', collections: { nameless } })
      },
      /id: z\.string\(\)/,
    ],
  ]
  test.each(cases)('%s', async (_name, define, hint) => {
    expect((await failure(define, 'MISCONFIGURED')).message).toMatch(hint)
  })
})

describe('options that make no sense are refused at once, with MISCONFIGURED naming the option', () => {
  const good = {
    schema: loose,
    user: 'u-1',
    storage: memoryStorage(),
    transport,
    scopes: ['s'] as const,
    autoStart: false,
  }
  const cases: readonly [option: string, change: object][] = [
    ['user', { user: '' }],
    ['scopes', { scopes: [] }],
    ['scopes', { scopes: [''] }],
    ['limits.maxOps', { limits: { maxOps: 0 } }],
    ['batch.operations', { batch: { operations: 201 } }],
    ['batch.operations', { batch: { operations: 0 } }],
    ['pollEvery', { pollEvery: Number.NaN }],
    ['retry.base', { retry: { base: -1 } }],
  ]
  test.each(cases)('%s %j', async (option, change) => {
    const error = await failure(createSyncClient({ ...good, ...change }), 'MISCONFIGURED')
    expect(error.details).toEqual({ option })
  })
})

describe('a value outside the portable domain is refused at the write, with INVALID and its path', () => {
  const deep = Array.from({ length: 40 }).reduce<unknown>((inner) => [inner], 1)
  const cases: readonly [name: string, value: unknown][] = [
    ['NaN', Number.NaN],
    ['an infinity', Number.POSITIVE_INFINITY],
    ['undefined in a list', [1, undefined]],
    ['NUL', 'a\u0000b'],
    ['a lone surrogate', '\ud800'],
    ['a function', () => 1],
    ['a Map', new Map()],
    ['an invalid date', new Date(Number.NaN)],
    ['a date after the year 9999', new Date(300_000_000_000_000)],
    ['the key __proto__', JSON.parse('{"__proto__":1}')],
    ['the key constructor', { constructor: 1 }],
    ['more than 32 levels', deep],
  ]
  test.each(cases)('%s', async (_name, value) => {
    const options = { schema: loose, user: 'u-1', storage: memoryStorage(), transport, autoStart: false }
    const client = await createSyncClient({ ...options, scopes: ['s'] })
    const { things } = client.collections
    await things.create({ id: 'good', any: 1 })
    for (const write of [
      things.create({ id: 'bad', any: value }),
      things.update('good', { any: { inside: value } }),
    ]) {
      const error = await failure(write, 'INVALID')
      expect(error.message).toContain('any')
    }
    expect(await things.find()).toEqual([{ id: 'good', any: 1 }])
    expect(await client.operations.list()).toHaveLength(1)
    await client.close()
  })
})

describe('what the schema does not know or want is refused at the write', () => {
  test('unknown fields, wrong types, an id that changes, a record that is missing', async () => {
    await using world = await openWorld()
    const { client } = await world.device('anna')
    const { tasks } = client.collections
    await tasks.create({ id: 'r', title: 'one' })
    const unknown = { nope: 1 } as object
    expect((await failure(tasks.create({ title: 't', ...unknown }), 'INVALID')).details.path).toBe('nope')
    expect((await failure(tasks.update('r', unknown), 'INVALID')).details.path).toBe('nope')
    expect((await failure(tasks.update('r', { title: '' }), 'INVALID')).details.path).toBe('title')
    expect((await failure(tasks.update('r', { id: 's' } as object), 'INVALID')).details.path).toBe('id')
    expect((await failure(tasks.create({ id: 'not an id!', title: 't' }), 'INVALID')).details.path).toBe('id')
    await failure(tasks.create({ id: 'r', title: 'again' }), 'INVALID')
    await failure(tasks.update('missing', { title: 't' }), 'NOT_FOUND')
    await failure(tasks.delete('missing'), 'NOT_FOUND')
    await failure(tasks.run.rename('r', { title: 7 } as never), 'INVALID')
    await failure(tasks.create({ title: 'x'.repeat(70_000) }), 'TOO_LARGE')
    await failure(tasks.find({ where: { nope: 1 } as object }), 'INVALID')
    expect(await tasks.find()).toMatchObject([{ id: 'r', title: 'one' }])
    expect(await client.operations.list()).toHaveLength(1)
  })

  test('an unknown collection does not compile, and is not there', async () => {
    await using world = await openWorld()
    const { client } = await world.device('anna')
    // @ts-expect-error Property 'nothing' does not exist
    expect(client.collections.nothing).toBeUndefined()
  })
})
