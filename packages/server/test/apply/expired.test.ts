import { collection, definePlugin, defineSchema } from '@holdfast/core'
import type { WireOperation } from '@holdfast/core/protocol'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { ServerHookTable } from '@holdfast/server'
import {
  answerOf,
  memoryWorld,
  readRow,
  testEnvironment,
  type Sketch,
  type TestClient,
} from '../support/world.ts'

const hour = 3_600_000
const now = 1_750_000_000_000
const fields = z.object({ id: z.string(), text: z.string().default('') })

const schema = defineSchema({
  version: '2.0.0',
  collections: {
    drafts: collection({ fields }),
    flags: collection({
      fields,
      lifetime: { operations: '1h', types: { keep: Infinity } },
      operations: { keep: { input: z.object({}), apply: (flag) => flag } },
    }),
    views: collection({ fields, lifetime: 'drop' }),
  },
})

const startWorld = (options: Parameters<typeof memoryWorld>[0] = {}) => {
  const environment = testEnvironment(now)
  return { ...memoryWorld({ schema, environment, ...options }), environment }
}

const create = (client: TestClient, recordId: string, sketch: Sketch = {}): WireOperation =>
  client.operation({
    collection: 'flags',
    type: 'create',
    recordId,
    value: { id: recordId },
    opVersion: '2.0.0',
    timestamp: now,
    ...sketch,
  })

const ofProtocol4 = async (client: TestClient, ...operations: readonly WireOperation[]) =>
  answerOf(await client.pushRaw(operations, { protocol: 4 }))

const kindsOf = ({ results }: { readonly results: readonly { readonly kind: string }[] }) =>
  results.map(({ kind }) => kind)

test('[TL8] what is as old as its lifetime is refused, by the age that it comes with', async () => {
  const world = startWorld()
  const a = world.client('a')
  const answer = await ofProtocol4(
    a,
    create(a, 'f-1', { age: hour - 1, timestamp: 0 }),
    create(a, 'f-2', { age: hour }),
    create(a, 'd-1', { collection: 'drafts', age: 1_000 * hour }),
    create(a, 'v-1', { collection: 'views', age: 59_999 }),
    create(a, 'v-2', { collection: 'views', age: 60_000 }),
  )
  expect(kindsOf(answer)).toEqual(['applied', 'expired', 'applied', 'applied', 'expired'])
  expect(answer.decided.watermark).toBe(5)
})

test('[TL8] who sends no age is judged by its time, with a minute to spare', async () => {
  const a = startWorld().client('a')
  const answer = await ofProtocol4(
    a,
    create(a, 'f-1', { timestamp: now - hour - 60_000 }),
    create(a, 'f-2', { timestamp: now - hour - 60_001 }),
    create(a, 'f-3', { timestamp: now + 1_000 * hour }),
  )
  expect(kindsOf(answer)).toEqual(['applied', 'expired', 'applied'])
})

test('[TL8] it is decided for good: every copy hears it, and what was decided before stands', async () => {
  const world = startWorld()
  const a = world.client('a')
  const [late, early] = [create(a, 'f-1', { age: hour }), create(a, 'f-2', { age: 1 })]
  await ofProtocol4(a, late, early)
  const copies = await ofProtocol4(a, { ...late, age: 0 }, { ...early, age: 5 * hour })
  expect(copies.results).toMatchObject([
    { kind: 'duplicate', verdict: { kind: 'expired' } },
    { kind: 'duplicate', verdict: { kind: 'applied', version: 1 } },
  ])
  expect((await readRow(world.store, 'f-2', 'flags'))?.version).toBe(1)
  expect(await readRow(world.store, 'f-1', 'flags')).toBeUndefined()
})

test('[TL8] neither hooks nor authorize are asked', async () => {
  const asked: string[] = []
  const plugin = definePlugin({
    name: 'asked',
    server: {
      beforeJudge: ({ operation }) => void asked.push(operation.recordId),
    } satisfies ServerHookTable,
  })
  const authorize = ({ after }: { readonly after?: object | undefined }) => {
    asked.push(JSON.stringify(after))
    return true
  }
  const world = startWorld({ plugins: [plugin], authorize })
  const a = world.client('a')
  await ofProtocol4(a, create(a, 'f-1', { age: hour }))
  expect(asked).toEqual([])
})

test('[TL8] an older operation is judged by what it is now', async () => {
  const plugin = definePlugin({
    name: 'migrating',
    server: {
      migrateOperation: (migration) => ({
        ...migration,
        operation: { ...migration.operation, type: 'keep' },
      }),
    } satisfies ServerHookTable,
  })
  const world = startWorld({ plugins: [plugin] })
  const a = world.client('a')
  await ofProtocol4(a, create(a, 'f-1', { age: 1 }))
  const old = create(a, 'f-1', {
    type: 'formerly',
    opVersion: '1.0.0',
    value: {},
    age: 5 * hour,
    baseVersion: 1,
  })
  expect(kindsOf(await ofProtocol4(a, old))).toEqual(['applied'])
})

test('[TL9] a transaction is refused only where all of it is over', async () => {
  const a = startWorld().client('a')
  const together = (id: string) => ({ transaction: { id, size: 2 }, age: hour })
  const answer = await ofProtocol4(
    a,
    create(a, 'd-1', { collection: 'drafts', ...together('t-1') }),
    create(a, 'f-1', together('t-1')),
    create(a, 'f-2', together('t-2')),
    create(a, 'f-3', together('t-2')),
  )
  expect(kindsOf(answer)).toEqual(['applied', 'applied', 'expired', 'expired'])
})

test('[TL7] what builds on a refused creation is told which', async () => {
  const a = startWorld().client('a')
  const made = create(a, 'f-1', { age: hour })
  const answer = await ofProtocol4(
    a,
    made,
    create(a, 'f-1', { type: 'update', value: { text: 'on' }, age: 1 }),
  )
  expect(answer.results).toMatchObject([
    { kind: 'expired' },
    { kind: 'rejected', code: 'DEPENDENCY', cause: made.id },
  ])
})

test('[TL10] an older client hears a word that it knows', async () => {
  const a = startWorld().client('a')
  const late = create(a, 'f-1', { timestamp: now - 5 * hour })
  const [first] = answerOf(await a.pushRaw([late], { protocol: 3 })).results
  expect(first).toMatchObject({ kind: 'rejected', code: 'INVALID', id: late.id })
  const [copy] = answerOf(await a.pushRaw([late], { protocol: 3 })).results
  expect(copy).toMatchObject({ kind: 'duplicate', verdict: { kind: 'rejected', code: 'INVALID' } })
})
