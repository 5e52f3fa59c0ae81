import { afterAll, beforeAll, expect, test } from 'vitest'
import { collection, counter, createSyncClient, defineSchema, fieldMerge } from '@holdfast/core'
import { decodePortable } from '@holdfast/core/protocol'
import { z } from 'zod'
import { databases } from '../../packages/server/test/support/stores.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { startServer, type TestServer } from '../harness/server.ts'
import { deviceParts } from './device-parts.ts'

// The examples of docs/guides/schema.md and docs/guides/records.md, which show parts of this file as they are.

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    items: collection({
      fields: z.object({
        id: z.string(),
        warehouse: z.string(),
        name: z.string().min(1),
        barcode: z.bigint(),
        size: z.object({ width: z.number(), height: z.number() }).optional(),
        labels: z.array(z.string()).default([]),
        receivedAt: z.date(),
        inStock: counter(),
      }),
      conflict: fieldMerge({ onOverlap: 'ask' }),
      scope: (item) => item.warehouse,
      indexes: ['barcode', 'size.width', ['name', 'receivedAt']],
    }),
    counts: collection({
      fields: z.object({ id: z.string(), warehouse: z.string(), item: z.string(), by: z.string() }),
      scope: (count) => count.warehouse,
      references: { item: 'items' },
    }),
  },
})

const folder = temporaryFolder()
let database: Awaited<ReturnType<typeof databases.SQLite>>
let server: TestServer

const openDevice = async (user: string) => {
  const parts = deviceParts({ server, folder }, user)
  const client = await createSyncClient({ schema, scopes: ['oslo', 'bergen'], ...parts })
  return { client, network: parts.connectivity }
}

const asked: string[] = []

beforeAll(async () => {
  database = await databases.SQLite()
  server = await startServer({
    schema,
    database,
    scopes: () => ['oslo', 'bergen'],
    authorize({ action, scope, before, after }) {
      asked.push(
        `${action} ${scope}: ${before === undefined ? '-' : 'is'}, ${after === undefined ? '-' : 'is'}`,
      )
      return after?.['name'] !== 'forbidden'
    },
  })
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await database.close()
  folder[Symbol.dispose]()
})

test('the example of records, from the first write to the last dead letter', async () => {
  const { client, network } = await openDevice('ada')
  const { items, counts } = client.collections

  const { recordId, operationId } = await items.create({
    warehouse: 'oslo',
    name: 'Crate',
    barcode: 4_006_381_333_931n,
    receivedAt: new Date(),
  })
  const { fate } = await client.operations.settled(operationId)
  expect(fate).toEqual({ kind: 'applied', version: 1, lost: [] })
  expect(await items.get(recordId)).toMatchObject({ labels: [], inStock: 0 })

  asked.length = 0
  const move = await items.move(recordId, 'bergen', { warehouse: 'bergen' })
  await client.operations.settled(move.operationId)
  expect(asked).toEqual(['move oslo: is, -', 'move bergen: -, is'])
  expect(await items.get(recordId)).toMatchObject({ warehouse: 'bergen' })

  network.set(false)
  const bad = await items.create({
    warehouse: 'oslo',
    name: 'forbidden',
    barcode: 1n,
    receivedAt: new Date(),
  })
  const count = await counts.create({ warehouse: 'oslo', item: bad.recordId, by: 'ada' })
  network.set(true)
  await client.operations.settled(bad.operationId)
  const dependent = await client.operations.settled(count.operationId)
  expect(dependent.fate).toMatchObject({ kind: 'rejected', code: 'DEPENDENCY', cause: bad.operationId })

  const [letter] = await client.deadLetters.list()
  expect(letter).toMatchObject({ collection: 'items', type: 'create', recordId: bad.recordId })
  const meant = decodePortable(letter?.payload ?? '')
  expect(meant).toMatchObject({ name: 'forbidden', barcode: 1n })

  const again = await client.deadLetters.retry(bad.operationId, {
    warehouse: 'oslo',
    name: 'allowed',
    barcode: 1n,
    receivedAt: new Date(),
  })
  const retried = await client.operations.settled(again.operationId)
  expect(retried.fate).toMatchObject({ kind: 'applied' })
  // The count came with it: it was refused because of it.
  expect((await client.operations.get(count.operationId))?.fate).toMatchObject({ kind: 'superseded' })
  await client.syncNow()
  expect(await client.deadLetters.list()).toEqual([])
  expect(await counts.find({ where: { item: bad.recordId } })).toHaveLength(1)

  network.set(false)
  const taken = await items.update(recordId, { name: 'Box' })
  await client.operations.cancel(taken.operationId)
  expect(await items.get(recordId)).toMatchObject({ name: 'Crate' })
  await client.close()
})
