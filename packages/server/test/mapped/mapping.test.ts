import { collection, defineSchema } from '@holdfast/core'
import { expireRecords } from '@holdfast/server'
import { prismaStore, type ModelMappings } from '@holdfast/server/prisma'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { testEnvironment } from '../support/world.ts'
import { models, useMapped } from './app.ts'
import { invoice } from './sketches.ts'

const start = useMapped('SQLite')

describe('[MM7] what does not fit stops the start, and says how to mend it', () => {
  test.each<[string, ModelMappings, string]>([
    ['no such model', { invoices: 'Bill' }, 'models.invoices: the Prisma schema has no model "Bill"'],
    [
      'no such field',
      { invoices: { model: 'Invoice', scope: 'teamId', fields: { title: 'subject' } } },
      'Invoice has no field "subject"',
    ],
    [
      'a scope that leads nowhere',
      { lines: { ...models.lines, scope: 'invoice.owner' } },
      '"invoice.owner" leads to no field',
    ],
    [
      'no scope',
      { invoices: { model: 'Invoice', fields: { color: false } } },
      'say which scope a row belongs to',
    ],
    [
      'a field that the model lacks',
      { invoices: { model: 'Invoice', scope: 'teamId' } },
      'the model has no "color"',
    ],
    [
      'an id that devices can’t fill',
      { lines: { ...models.lines, fields: { id: 'quantity', label: 'text' } } },
      'needs a unique text field',
    ],
    [
      'no such collection',
      { bills: { model: 'Invoice', scope: 'teamId' } },
      'the schema has no such collection',
    ],
  ])('%s', async (_, given, says) => {
    await expect(start({ models: given })).rejects.toMatchObject({
      code: 'MISCONFIGURED',
      message: expect.stringContaining(says) as string,
    })
  })

  test('a client that does not know its models', () => {
    const prisma = { _activeProvider: 'sqlite' } as never
    expect(() => prismaStore(prisma, { models })).toThrow('does not know its models')
  })
})

test('[MM1] the collection’s own scope function says where a row belongs, and `create` what else a row needs', async () => {
  const schema = defineSchema({
    version: '1.0.0',
    collections: {
      customers: collection({
        fields: z.object({ id: z.string(), teamId: z.string(), email: z.string().optional() }),
        scope: ({ teamId }) => `team:${teamId}`,
      }),
    },
  })
  const create = ({ scope, userId }: { scope: string; userId: string }) => ({ name: `${userId} in ${scope}` })
  const { prisma, client, sql } = await start({
    schema,
    models: { customers: { model: 'customer', create } },
    scopes: () => ['team:team-1'],
  })
  const device = client('c-1')
  const operation = device.operation({
    collection: 'customers',
    recordId: 'k-1',
    type: 'create',
    value: { id: 'k-1', teamId: 'team-1' },
  })
  expect(await device.pushRaw([operation], { scope: 'team:team-1' })).toMatchObject({
    results: [{ kind: 'applied' }],
  })
  expect(await prisma.customer.findMany()).toMatchObject([{ teamId: 'team-1', name: 'u-1 in team:team-1' }])
  await sql(`UPDATE customers SET email = 'a@example.org'`)
  const change = device.operation({
    collection: 'customers',
    recordId: 'k-1',
    baseVersion: 1,
    value: { teamId: 'team-2' },
  })
  // It would be another scope's row by that.
  expect(await device.pushRaw([change], { scope: 'team:team-1' })).toMatchObject({
    results: [{ kind: 'rejected', code: 'INVALID' }],
  })
  expect(await prisma.customer.findMany()).toMatchObject([{ teamId: 'team-1', email: 'a@example.org' }])
})

test('[MM8] records whose lifetime is over go with their rows', async () => {
  const { prisma, client, store } = await start()
  const device = client('c-1')
  await device.push(invoice(device, 'i-1'))
  const mortal = defineSchema({
    version: '1.0.0',
    collections: {
      invoices: collection({
        fields: z.object({ id: z.string(), title: z.string() }),
        lifetime: { records: '1h' },
      }),
      lines: collection({ fields: z.object({ id: z.string(), invoiceId: z.string() }) }),
    },
  })
  const environment = testEnvironment(Date.now() + 2 * 3_600_000)
  expect(await expireRecords(store, { schema: mortal, environment })).toMatchObject({ records: 1 })
  expect(await prisma.invoice.count()).toBe(0)
})

test('[FW9] a row whose id is NULL is no record', async () => {
  const schema = defineSchema({
    version: '1.0.0',
    collections: { customers: collection({ fields: z.object({ id: z.string(), name: z.string() }) }) },
  })
  const customers = { model: 'Customer', scope: 'teamId', fields: { id: 'email' } }
  const { prisma, handlers, client } = await start({ schema, models: { customers } })
  await prisma.customer.createMany({
    data: [
      { id: 'k-1', teamId: 'team-1', name: 'One', email: 'one' },
      { id: 'k-2', teamId: 'team-1', name: 'Two' },
    ],
  })
  expect(await handlers.adopt({ which: 'all' })).toMatchObject({ marked: 1, records: 1 })
  expect((await client('c-1').pullAll()).map(({ id }) => id)).toEqual(['one'])
})
