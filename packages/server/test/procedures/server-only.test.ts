import {
  collection,
  counter,
  defineSchema,
  fieldMerge,
  increment,
  manual,
  operation,
  optimisticVersion,
} from '@holdfast/core'
import { encodePut, protocolVersion, unwritten, type WireOperation } from '@holdfast/core/protocol'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type { SyncOptions } from '@holdfast/server'
import { z } from 'zod'
import { storeNames, useWorld } from '../support/stores.ts'
import { answerOf, dataOf, memoryWorld, readRow, scope, type Caller } from '../support/world.ts'

const item = z.object({
  id: z.string(),
  title: z.string(),
  /** What no device may see. */
  cost: z.number().default(0),
  views: counter(),
})

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    items: collection({
      fields: item,
      conflict: fieldMerge({ onOverlap: 'ask' }),
      operations: {
        reprice: operation({
          input: z.object({ by: z.number() }),
          apply: (record: z.output<typeof item>, { by }) => ({ ...record, cost: record.cost + by }),
        }),
      },
    }),
    asked: collection({ fields: item, conflict: manual() }),
    versioned: collection({ fields: item, conflict: optimisticVersion() }),
  },
})

const canary = 987_654_321
const ctx: Caller = { user: { id: 'u-1' } }
const hidden = {
  schema,
  serverOnly: { items: ['cost', 'views'], asked: ['cost'], versioned: ['cost'] },
} as never

const names = ['items', 'asked', 'versioned'] as const

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[SV1] its values are in no byte that leaves, whichever way', async () => {
    const world = await start(hidden)
    const client = world.client('c-1')
    const said: unknown[] = []
    const keep = <TAnswer>(answer: TAnswer): TAnswer => {
      said.push(answer)
      return answer
    }
    for (const collection of names) {
      const made = { collection, recordId: 'r-1', type: 'create', value: { id: 'r-1', title: 'a' } }
      keep(await client.push(client.operation(made)))
    }
    await world.handlers.write(ctx, scope, async ({ records }) => {
      for (const collection of names)
        await records.update(collection, 'r-1', {
          cost: canary,
          title: 'by the server',
          views: increment(collection === 'items' ? canary : 1),
        })
    })
    const stale = (collection: string, more: Partial<WireOperation> = {}): WireOperation =>
      client.operation({ collection, value: { title: 'mine' }, baseVersion: 1, ...more })
    const operations = names.flatMap((collection) => [
      stale(collection),
      stale(collection, { type: 'delete', payload: '{}' }),
    ])
    const first = keep(answerOf(await client.pushRaw(operations, { protocol: protocolVersion })))
    expect(first.results.map(({ kind }) => kind)).toContain('conflict')
    keep(answerOf(await client.pushRaw(operations, { protocol: protocolVersion })))
    const put = stale('asked', { type: 'put', payload: encodePut({ title: 'put' }, {}) })
    keep(answerOf(await client.pushRaw([put], { protocol: protocolVersion })))
    const resumed = await world.handlers.resume(ctx, {
      protocol: protocolVersion,
      clientId: 'c-1',
      scope,
      ids: [...operations, put].map(({ id }) => id),
    })
    keep(answerOf(resumed))
    keep(await client.pull())
    keep(await world.client('c-2').pull())
    keep(await world.client('c-2').snapshot())
    const entities = names.map((collection) => ({ collection, id: 'r-1', baseVersion: 1, fields: ['title'] }))
    keep(await client.preflightRaw(entities))

    const text = JSON.stringify(said)
    expect(text).toContain('by the server')
    expect(text.includes(String(canary))).toBe(false)
    // Only `asked` and `versioned` show how often they were seen.
    const snapshot = await world.client('c-2').snapshot()
    for (const row of snapshot.rows) {
      const data = dataOf({ ...row, kind: 'record' }) as Readonly<Record<string, unknown>>
      expect('cost' in data).toBe(false)
      expect('views' in data).toBe(row.collection !== 'items')
    }
  })

  test('[SV2] a creation goes on without it, with what the server’s schema says; else it is refused', async () => {
    const world = await start(hidden)
    const client = world.client('c-1')
    const fields = { title: 'a', cost: 1, $deltas: { views: 5 } }
    const answer = await client.push(
      client.operation({ collection: 'items', type: 'create', value: { id: 'r-1', ...fields } }),
      client.operation({ collection: 'items', value: { cost: 2 }, baseVersion: 1 }),
      client.operation({ collection: 'items', value: { title: 'b', cost: 2 }, baseVersion: 1 }),
      client.operation({ collection: 'items', value: { $deltas: { views: 5 } }, baseVersion: 1 }),
      client.operation({
        collection: 'items',
        type: 'put',
        payload: encodePut({ cost: 3 }, {}),
        baseVersion: 1,
      }),
    )
    const refused = { kind: 'rejected', code: 'INVALID' }
    expect(answer.results).toMatchObject([{ kind: 'applied' }, refused, refused, refused, refused])
    expect((await readRow(world.store, 'r-1', 'items'))?.data).toMatchObject({
      title: 'a',
      cost: 0,
      views: 0,
    })
  })

  test('[SV2] a record that is there keeps it, whether it is created once more or edited as a whole', async () => {
    const world = await start(hidden)
    const client = world.client('c-1')
    const made = { id: 'r-1', title: 'a' }
    await client.push(client.operation({ collection: 'items', type: 'create', value: made }))
    await world.handlers.write(ctx, scope, ({ records }) => records.update('items', 'r-1', { cost: 7 }))
    const whole = encodePut({ ...made, title: 'c' }, { id: unwritten, cost: unwritten, views: unwritten })
    const { results } = await client.push(
      client.operation({ collection: 'items', type: 'create', value: { ...made, title: 'b' } }),
      client.operation({ collection: 'items', type: 'create', payload: whole, baseVersion: 2 }),
    )
    expect(results).toMatchObject([{ version: 3 }, { version: 4 }])
    expect((await readRow(world.store, 'r-1', 'items'))?.data).toMatchObject({ title: 'c', cost: 7 })
    const other = world.client('c-2')
    await other.push(other.operation({ collection: 'items', type: 'delete', baseVersion: 4 }))
    await client.push(
      client.operation({ collection: 'items', type: 'create', payload: whole, baseVersion: 4 }),
    )
    expect(await readRow(world.store, 'r-1', 'items')).toMatchObject({ deleted: false, data: { cost: 7 } })
  })

  test('[SV2] a move can’t bring it in', async () => {
    const world = await start(hidden)
    const client = world.client('c-1')
    await client.push(
      client.operation({ collection: 'items', type: 'create', value: { id: 'r-1', title: 'a' } }),
    )
    const move = (patch: Readonly<Record<string, string | number>>) =>
      client.operation({
        collection: 'items',
        type: 'move',
        value: { to: 'team-2', patch },
        baseVersion: 1,
      })
    expect((await client.push(move({ cost: 1 }))).results).toMatchObject([
      { kind: 'rejected', code: 'INVALID' },
    ])
    expect((await client.push(move({ title: 'b' }))).results).toMatchObject([{ kind: 'applied' }])
  })

  test('[SV3] the server’s own code, halves, hooks and authorize see and write it; a device’s edit leaves it', async () => {
    const seen: unknown[] = []
    const world = await start({
      ...(hidden as Partial<SyncOptions<Caller, unknown>>),
      authorize: ({ after }) => {
        seen.push(after?.['cost'])
        return true
      },
    })
    const client = world.client('c-1')
    await client.push(
      client.operation({ collection: 'items', type: 'create', value: { id: 'r-1', title: 'a' } }),
    )
    await world.handlers.write(ctx, scope, ({ records }) => records.update('items', 'r-1', { cost: 7 }))
    const answer = await client.push(
      client.operation({ collection: 'items', value: { title: 'b' }, baseVersion: 2 }),
      client.operation({ collection: 'items', type: 'reprice', value: { by: 3 }, baseVersion: 2 }),
    )
    expect(answer.results).toMatchObject([
      { kind: 'applied', version: 3 },
      { kind: 'applied', version: 4 },
    ])
    expect((await readRow(world.store, 'r-1', 'items'))?.data).toMatchObject({ title: 'b', cost: 10 })
    expect(seen).toEqual([0, 7, 10])
  })
})

test('[SV4] a collection or field that the schema does not have, or the id, stops the server’s start', () => {
  const bad = [
    { item: ['cost'] },
    { items: ['price'] },
    { items: ['id'] },
    { items: 'cost' },
    { items: ['__proto__'] },
  ]
  for (const serverOnly of bad) {
    expect(() => memoryWorld({ schema, serverOnly } as never)).toThrowError(
      expect.objectContaining({ code: 'MISCONFIGURED' }),
    )
  }
  type Given = NonNullable<SyncOptions<Caller, undefined, (typeof schema)['collections']>['serverOnly']>
  expectTypeOf<Given['items']>().toEqualTypeOf<readonly ('id' | 'title' | 'cost' | 'views')[] | undefined>()
})
