import { expect, test } from 'vitest'
import { openCompactionWorld, undecided } from './world.ts'

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(String, (error: unknown) => error)

test('[CL118] what was folded into another one can only be taken back with it, and who tries is told which', async () => {
  await using world = await openCompactionWorld({ perRecord: 2 })
  const { client, sync } = world.mine
  const records = client.collections.lastWriteWins
  await records.create({ id: 'r0', title: 'first' })
  await sync()
  const one = await records.update('r0', { title: 'second' })
  const two = await records.update('r0', { text: 'third' })
  await client.plugins.compaction.compact('team-1')
  expect(undecided(await client.operations.list())).toMatchObject([{ id: two.operationId, type: 'put' }])

  const error = await failureOf(client.operations.cancel(one.operationId))
  expect(error).toMatchObject({ code: 'INVALID', details: { reason: 'folded' } })
  expect(String(error)).toContain(two.operationId)
  expect(await records.get('r0')).toMatchObject({ title: 'second', text: 'third' })

  await client.operations.cancel(two.operationId)
  expect(await records.get('r0')).toMatchObject({ title: 'first', text: '' })
  // Nothing carries it on any more.
  await client.operations.cancel(one.operationId)
  expect(undecided(await client.operations.list())).toEqual([])
})
