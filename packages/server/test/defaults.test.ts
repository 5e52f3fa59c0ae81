import { describe, expect, test } from 'vitest'
import { collection, defineSchema } from '@holdfast/core'
import { defaultLimits } from '@holdfast/server'
import { z } from 'zod'
import { answerOf, memoryWorld, type Caller, type TestClient, type World } from './support/world.ts'

const schema = defineSchema({
  version: '1.0.0',
  collections: { docs: collection({ fields: z.object({ id: z.string(), doc: z.unknown() }) }) },
})

const open = (): World<undefined> => memoryWorld({ schema })
const ctx: Caller = { user: { id: 'u-1' } }

const nested = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`

const creating = (client: TestClient, recordId: string, doc: string): ReturnType<TestClient['operation']> =>
  client.operation({
    collection: 'docs',
    recordId,
    type: 'create',
    payload: `{"id":"${recordId}","doc":${doc}}`,
  })

/** What becomes of a document that is written. */
const verdictOn = async (doc: string, recordId = 'r-1'): Promise<string> => {
  const client = open().client('a')
  const [result] = (await client.push(creating(client, recordId, doc))).results
  return result !== undefined && 'code' in result ? result.code : (result?.kind ?? '')
}

/** A scope with so many documents of so many letters. */
const filled = async (count: number, letters: number): Promise<World<undefined>> => {
  const world = open()
  const client = world.client('a')
  const doc = `["${'x'.repeat(letters / 2)}","${'x'.repeat(letters / 2)}"]`
  for (let made = 0; made < count;) {
    const size = Math.min(200, count - made)
    await client.push(
      ...Array.from({ length: size }, (_, index) => creating(client, `r-${made + index}`, doc)),
    )
    made += size
  }
  return world
}

describe('[HX13] what a server bounds that nobody configured', () => {
  test('its limits are these', () => {
    expect(defaultLimits).toEqual({
      batch: 200,
      payload: 65_536,
      page: 500,
      maxPage: 1_000,
      pageBytes: 1_000_000,
      requestMs: 15_000,
      hookMs: 1_000,
      serverOperationMs: 1_000,
      clockAheadMs: 60_000,
      liveStreams: 2_000,
      liveStreamsPerUser: 3,
      liveMs: 900_000,
      liveBeatMs: 20_000,
      liveCheckMs: 60_000,
    })
  })

  test('a push has 200 operations at most', async () => {
    const client = open().client('a')
    const push = (count: number) =>
      client.pushRaw(Array.from({ length: count }, (_, index) => creating(client, `r-${index}`, '1')))
    expect(await push(201)).toMatchObject({ kind: 'refused', code: 'TOO_LARGE' })
    expect(await push(200)).toMatchObject({ kind: 'answer' })
  })

  test('an operation has 65,536 characters, nested 32 levels deep, on a record whose id has 64', async () => {
    const start = `["${'x'.repeat(32_000)}","${'x'.repeat(1_000)}"`
    const frame = `{"id":"r-1","doc":${start},""]}`.length
    expect(await verdictOn(`${start},"${'x'.repeat(65_536 - frame)}"]`)).toBe('applied')
    expect(await verdictOn(`${start},"${'x'.repeat(65_537 - frame)}"]`)).toBe('TOO_LARGE')
    // The record itself is the first level.
    expect(await verdictOn(nested(31))).toBe('applied')
    for (const depth of [32, 64, 10_000]) expect(await verdictOn(nested(depth))).toBe('INVALID')
    expect(await verdictOn('1', 'r'.repeat(64))).toBe('applied')
    expect(await verdictOn('1', 'r'.repeat(65))).toBe('INVALID')
  })

  test('a text of it has 32,768 characters, an object 256 keys, a key 128; the others of its batch are applied', async () => {
    const keys = (count: number): string =>
      `{${Array.from({ length: count }, (_, at) => `"k${at}":1`).join()}}`
    const x = (length: number): string => 'x'.repeat(length)
    const good = [`"${x(32_768)}"`, keys(256), `{"${x(128)}":1}`]
    const bad = [`"${x(32_769)}"`, `[${keys(257)}]`, `{"${x(129)}":1}`]
    const client = open().client('a')
    const all = [...good, ...bad, ...good]
    const { results } = await client.push(...all.map((doc, index) => creating(client, `r-${index}`, doc)))
    expect(results.map((result) => ('code' in result ? result.code : result.kind))).toEqual([
      ...Array<string>(3).fill('applied'),
      ...Array<string>(3).fill('TOO_LARGE'),
      ...Array<string>(3).fill('applied'),
    ])
  })

  test.each(['pull', 'snapshot'] as const)(
    'a page of %s has 500 records, 1,000 if asked, and a megabyte',
    async (name) => {
      const sizeOf = async (world: World<undefined>, more: object = {}): Promise<number> => {
        const input = {
          protocol: 1,
          clientId: 'b',
          scope: 'team-1',
          ...(name === 'pull' && { cursor: '' }),
          ...more,
        }
        const page = answerOf(await world.handlers[name](ctx, input))
        return 'rows' in page ? page.rows.length : page.changes.length
      }
      const many = await filled(1_100, 1)
      expect(await sizeOf(many)).toBe(500)
      expect(await sizeOf(many, { limit: 1_000 })).toBe(1_000)
      await expect(sizeOf(many, { limit: 1_001 })).rejects.toThrow('INVALID')
      expect(await sizeOf(await filled(40, 50_000))).toBeLessThanOrEqual(20)
    },
  )

  test('a preflight names 500 records, a question for verdicts 100 operations', async () => {
    const { handlers } = open()
    const ids = (count: number) => Array.from({ length: count }, (_, index) => `o-${index}`)
    const ask = (count: number) =>
      handlers.resume(ctx, { protocol: 1, clientId: 'b', scope: 'team-1', ids: ids(count) })
    expect(await ask(100)).toMatchObject({ kind: 'answer' })
    expect(await ask(101)).toMatchObject({ code: 'INVALID' })
    const client = open().client('a')
    const entities = ids(501).map((id) => ({
      ...{ collection: 'docs', id, fields: ['doc'], baseVersion: 0, types: ['update'] },
    }))
    expect(await client.preflightRaw(entities as never)).toMatchObject({ kind: 'refused' })
  })
})
