import { describe, expect, test } from 'vitest'
import { SyncError, collection, defineSchema } from '@holdfast/core'
import { z } from 'zod'
import { schema } from '../../packages/core/test/support/schema.ts'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { openWorld, type Device } from '../harness/world.ts'

const hundred = Array.from({ length: 100 }, (_, index) => `good-${index + 1}`)

/** One operation that the server refuses for good, then 100 good ones. */
const queuePoison = async ({ client }: Device): Promise<string> => {
  const { operationId } = await client.collections.tasks.create({ id: 'poison', title: 'poison' })
  await Promise.all(hundred.map((id) => client.collections.tasks.create({ id, title: id })))
  return operationId
}

describe.each(databaseNames)('%s', (database) => {
  test('[P08] [P05] a forbidden operation at the head of 100 good ones: they arrive, it waits with its code', async () => {
    await using world = await openWorld({ database, authorize: ({ after }) => after?.['title'] !== 'poison' })
    const device = await world.device('anna', { batch: { operations: 30 } })
    const poison = await queuePoison(device)
    expect(await device.settle()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 1 })

    const rows = await world.server.prisma.holdfastRecord.findMany({ orderBy: { seq: 'asc' } })
    expect(rows.map(({ recordId }) => recordId)).toEqual(hundred)
    const [letter, ...others] = await device.client.deadLetters.list()
    expect(others).toEqual([])
    expect(letter).toMatchObject({ id: poison, payload: expect.stringContaining('poison') as string })
    expect(letter?.fate).toMatchObject({ kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' })
    figure(`${database}: ${rows.length} of 100 arrived, 1 dead letter: FORBIDDEN_OR_MISSING`)
  })

  test('[P08] an operation that the server’s schema refuses does not block its strangers either', async () => {
    const { tasks } = schema.collections
    const narrow = defineSchema({
      version: '1.0.0',
      collections: {
        ...schema.collections,
        tasks: collection({ ...tasks, fields: tasks.fields.extend({ title: z.string().max(8) }) }),
      },
    })
    await using world = await openWorld({ database, schema: narrow })
    const device = await world.device('anna')
    await device.client.collections.tasks.create({ title: 'longer than that' })
    await Promise.all(
      hundred.map((id) => device.client.collections.tasks.create({ id, title: id.slice(-8) })),
    )
    expect(await device.settle()).toMatchObject({ status: 'synced', deadLetters: 1 })
    expect(await world.server.prisma.holdfastRecord.count()).toBe(100)
    const [letter] = await device.client.deadLetters.list()
    expect(letter?.fate).toMatchObject({
      code: 'INVALID',
      message: expect.stringMatching(/^title: .*\.$/) as string,
    })
  })

  test('[P05] what builds on a rejected create is rejected with its cause, and a stranger is not', async () => {
    await using world = await openWorld({ database, authorize: ({ after }) => after?.['title'] !== 'poison' })
    const device = await world.device('anna')
    const { tasks } = device.client.collections
    const created = await tasks.create({ id: 'r', title: 'poison' })
    const edited = await tasks.update('r', { title: 'harmless' })
    const stranger = await tasks.create({ title: 'fine' })
    expect(await device.settle()).toMatchObject({ deadLetters: 2 })
    expect((await device.client.operations.get(edited.operationId))?.fate).toMatchObject({
      kind: 'rejected',
      code: 'DEPENDENCY',
      cause: created.operationId,
    })
    expect(await device.client.operations.get(stranger.operationId)).toMatchObject({ status: 'COMPLETED' })
    expect(await tasks.find()).toMatchObject([{ title: 'fine' }])
  })

  test('[P08] an operation that makes the database fail waits alone', async () => {
    await using world = await openWorld({
      database,
      authorize({ after }) {
        if (after?.['title'] === 'poison') throw new SyncError('SERVER_FAILED', 'The ledger is down.', {})
        return true
      },
    })
    const device = await world.device('anna', { batch: { operations: 30 } })
    const poison = await queuePoison(device)
    expect(await device.sync()).toMatchObject({ status: 'waiting', error: { code: 'SERVER_FAILED' } })
    expect(await world.server.prisma.holdfastRecord.count()).toBe(100)
    expect(await device.client.operations.get(poison)).toMatchObject({ status: 'SENT' })
  })
})
