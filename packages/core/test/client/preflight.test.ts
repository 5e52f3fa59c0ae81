import { SyncError } from '@holdfast/core'
import { expect, test } from 'vitest'
import type { PreflightAnswer, PreflightInput } from '../../src/protocol/preflight.ts'
import type { RequestOptions } from '../../src/transport/contract.ts'
import { openClient, sync } from '../support/client.ts'
import { openPair } from '../support/pair.ts'
import { failure } from '../support/failure.ts'
import { answering, failing } from '../support/transports.ts'

test('[PF1] [PF4] a client foresees what sending its queue would meet, and sends nothing', async () => {
  await using pair = await openPair('tasks')
  const { mine, theirs } = pair
  await theirs.client.collections.tasks.update('r', { title: 'theirs' })
  await sync(theirs)
  const { tasks } = mine.client.collections
  await tasks.update('r', { text: 'mine' })
  await tasks.create({ id: 'new', title: 'new' })
  const harmless = await mine.client.preflight()
  expect(harmless).toMatchObject({ conflictRisk: 'LOW', action: 'PUSH' })
  expect(harmless.entities.map(({ id, risk }) => `${id} ${risk}`)).toEqual(['r LOW', 'new LOW'])

  await tasks.update('r', { title: 'mine', done: true })
  const before = mine.transport.calls.length
  const risky = await mine.client.preflight()
  expect(risky).toMatchObject({ conflictRisk: 'HIGH', action: 'PULL_FIRST' })
  expect(risky.entities[0]).toEqual({
    scope: 'team-1',
    collection: 'tasks',
    id: 'r',
    risk: 'HIGH',
    fields: ['title'],
    reason: 'asks',
  })
  expect(mine.transport.calls.slice(before)).toEqual(['preflight'])
  expect(await mine.client.operations.list({ status: 'PENDING' })).toHaveLength(3)
  await sync(mine)
  expect(mine.client.state).toMatchObject({ status: 'synced', conflicts: 1 })
})

test('[PF4] edits of a record and its deletion are foreseen apart: one does not hide the other', async () => {
  await using pair = await openPair('tasks')
  const { mine, theirs } = pair
  await theirs.client.collections.tasks.delete('r')
  await sync(theirs)
  const { tasks } = mine.client.collections
  await tasks.update('r', { title: 'mine' })
  await tasks.delete('r')
  const { entities } = await mine.client.preflight()
  expect(entities.map(({ id, risk }) => `${id} ${risk}`)).toEqual(['r MEDIUM'])
})

test('[PF3] a deletion behind edits that bring the record back is foreseen as one of what somebody changed', async () => {
  await using pair = await openPair('tasks')
  const { mine, theirs } = pair
  await theirs.client.collections.tasks.delete('r')
  await sync(theirs)
  const { tasks } = mine.client.collections
  await tasks.delete('r')
  expect(await mine.client.preflight()).toMatchObject({ conflictRisk: 'LOW' })

  await using again = await openPair('tasks')
  await again.theirs.client.collections.tasks.delete('r')
  await sync(again.theirs)
  await again.mine.client.collections.tasks.update('r', { done: true })
  const { operationId } = await again.mine.client.collections.tasks.delete('r')
  expect(await again.mine.client.preflight()).toMatchObject({ conflictRisk: 'MEDIUM' })
  await sync(again.mine)
  expect(await again.mine.client.operations.get(operationId)).toMatchObject({ fate: { lost: ['$deleted'] } })
})

test('[PF3] a deletion behind a creation in the place of a deleted record is foreseen as one of what is there', async () => {
  await using pair = await openPair('mourned')
  const { mine, theirs } = pair
  await theirs.client.collections.mourned.delete('r')
  await sync(theirs)
  const { mourned } = mine.client.collections
  await mourned.delete('r')
  await mourned.create({ id: 'r', title: 'again' })
  const { operationId } = await mourned.delete('r')
  const foreseen = await mine.client.preflight()
  await sync(mine)
  const { fate } = (await mine.client.operations.get(operationId)) ?? {}
  expect({ risk: foreseen.conflictRisk, asks: fate?.kind === 'conflict' }).toEqual({
    risk: 'HIGH',
    asks: true,
  })
})

/** Lets everything pass, and keeps what was asked. */
const noting =
  (asked: PreflightInput[]) =>
  (real: (input: PreflightInput, options: RequestOptions) => Promise<PreflightAnswer>) =>
  (input: PreflightInput, options: RequestOptions): Promise<PreflightAnswer> => {
    asked.push(input)
    return real(input, options)
  }

test('[PF7] a long queue is asked about piece by piece, by names and versions alone', async () => {
  await using device = await openClient()
  const { client, transport } = device
  await Promise.all(
    Array.from({ length: 1_100 }, (_, index) =>
      client.collections.tasks.create({ id: `r-${index}`, title: `secret ${index}` }),
    ),
  )
  const asked: PreflightInput[] = []
  for (let request = 0; request < 3; request += 1) transport.once('preflight', noting(asked))
  const { entities, conflictRisk } = await client.preflight()
  expect([entities.length, conflictRisk]).toEqual([1_100, 'LOW'])
  expect(asked.map((input) => input.entities.length)).toEqual([500, 500, 100])
  expect(asked[0]).toMatchObject({ cursor: '', counts: { pending: 1_100, sent: 0 }, opVersions: ['1.0.0'] })
  expect(JSON.stringify(asked)).not.toContain('secret')
})

test('[PF1] of one record the highest risk counts, and of all answers the gravest action', async () => {
  await using device = await openClient()
  const { client, transport } = device
  await client.collections.tasks.create({ id: 'r', title: 'x' })
  const found = (risk: 'LOW' | 'MEDIUM' | 'HIGH', field: string) => ({
    collection: 'tasks',
    id: 'r',
    risk,
    fields: [field],
    reason: 'depends_on_values' as const,
  })
  transport.once(
    'preflight',
    answering((answer) => ({
      ...answer,
      entities: [found('MEDIUM', 'title'), found('HIGH', 'done'), found('LOW', 'text')],
      action: 'UPGRADE_REQUIRED',
    })),
  )
  expect(await client.preflight()).toEqual({
    conflictRisk: 'HIGH',
    action: 'UPGRADE_REQUIRED',
    entities: [{ scope: 'team-1', ...found('HIGH', 'done'), fields: ['done', 'text', 'title'] }],
  })
})

test('[PF7] an empty queue is asked about all the same: the action may be another than to push', async () => {
  await using device = await openClient()
  expect(await device.client.preflight()).toEqual({ conflictRisk: 'LOW', action: 'PUSH', entities: [] })
})

test('a server that can not be reached rejects it, and a client that closes gives it up', async () => {
  const device = await openClient()
  device.transport.once(
    'preflight',
    failing(new SyncError('NETWORK_UNREACHABLE', 'There is no network.', {})),
  )
  await failure(device.client.preflight(), 'NETWORK_UNREACHABLE')
  await device.client.close()
})
