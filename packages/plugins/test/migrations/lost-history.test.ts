import type { Transport } from '@holdfast/core'
import { encodePortable, type PushInput, type RecordData } from '@holdfast/core/protocol'
import { expect, test } from 'vitest'
import { scope } from '../../../core/test/support/transports.ts'
import { openWorld, sync, todosOf, type AnyClient, type World } from './world.ts'

/** A record of the first version of the app, and a server of the second. */
const upgradedWorld = async (): Promise<World> => {
  const world = openWorld()
  const author = await world.device('ann').open('1.0.0')
  await author.collections['todos']?.create({ id: 'a', title: 'start', minutes: 1 })
  await sync(author)
  await author.close()
  world.run('2.0.0')
  return world
}

type Late = Pick<PushInput['operations'][number], 'type' | 'payload' | 'baseVersion' | 'history'>

/** What a device of the second version says of that record. */
const pushLate = async (world: World, clientSeq: number, operation: Late) => {
  const { signal } = new AbortController()
  const input: PushInput = {
    protocol: 4,
    clientId: 'late',
    instance: { acknowledged: 'i', candidate: 'i' },
    scope,
    cursor: '',
    batchId: `batch-${clientSeq}`,
    operations: [
      {
        ...{ id: `op-${clientSeq}`, clientSeq, collection: 'todos', recordId: 'a' },
        ...{ timestamp: 1, opVersion: '2.0.0', ...operation },
      },
    ],
  }
  return (await world.transport('cyd').push(input, { signal })).results
}

test('[MG18] what a migration changed nobody changed: what was made before a reset is not asked about for it', async () => {
  const world = await upgradedWorld()
  const stranger = await world.device('ben').open('2.0.0')
  await sync(stranger)
  await stranger.collections['todos']?.update('a', { name: 'renamed' })
  await sync(stranger)
  // Made on the first version, and on nothing that came after it.
  const push = (payload: RecordData, clientSeq: number) =>
    pushLate(world, clientSeq, {
      ...{ type: 'update', payload: encodePortable(payload) },
      ...{ baseVersion: 1, history: 1 },
    })
  expect(await push({ seconds: 300, urgent: true }, 1)).toMatchObject([{ kind: 'merged', lost: [] }])
  expect(await push({ name: 'by the late one' }, 2)).toMatchObject([{ kind: 'conflict', fields: ['name'] }])
  await sync(stranger)
  expect(await todosOf(stranger)).toEqual([{ id: 'a', name: 'renamed', seconds: 300, urgent: true }])
  await stranger.close()
})

test('[MG18] a field that a migration took away is nothing that somebody changed: what is made on top has met nobody', async () => {
  const world = await upgradedWorld()
  // Of what is there only its own has been seen.
  const push = (operation: { readonly type: string; readonly payload: string }, clientSeq: number) =>
    pushLate(world, clientSeq, {
      ...operation,
      ...{ baseVersion: clientSeq, history: clientSeq < 3 ? 1 : 0 },
    })
  const anew = { id: 'a', name: 'anew', seconds: 1, urgent: false }
  expect(await push({ type: 'delete', payload: 'null' }, 1)).toMatchObject([{ kind: 'applied' }])
  expect(await push({ type: 'create', payload: encodePortable(anew) }, 2)).toMatchObject([
    { kind: 'applied' },
  ])
  expect(await push({ type: 'extend', payload: '{"seconds":60}' }, 3)).toMatchObject([{ kind: 'applied' }])
})

test('[MG7] what the server lost, and an older version of the app had made, is shown as the new one has it before it is sent, and goes out as it was', async () => {
  const world = openWorld()
  const device = world.device('ann')
  const old = await device.open('1.0.0')
  const todos = old.collections['todos']
  await todos?.create({ id: 'kept', title: 'kept', minutes: 1 })
  await sync(old)
  const putBack = world.backUp()
  await todos?.update('kept', { minutes: 2 })
  await todos?.run['extend']?.('kept', { by: 1 })
  await todos?.create({ id: 'lost', title: 'lost', minutes: 3 })
  await sync(old)
  await old.close()
  putBack()
  world.run('2.0.0')

  const wanted = [
    { id: 'kept', name: 'kept', seconds: 180, urgent: false },
    { id: 'lost', name: 'lost', seconds: 180, urgent: false },
  ]
  const sent: string[] = []
  const shown: unknown[] = []
  const through = world.transport('ann')
  const transport: Transport = {
    ...through,
    async push(input, options) {
      sent.push(...input.operations.map(({ type, payload, opVersion }) => `${type} ${payload} ${opVersion}`))
      shown.push(await todosOf(client))
      return through.push(input, options)
    },
  }
  const client: AnyClient = await device.open('2.0.0', { transport })
  expect(await sync(client)).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(sent).toEqual([
    'update {"minutes":2} 1.0.0',
    'extend {"by":1} 1.0.0',
    'create {"id":"lost","title":"lost","minutes":3} 1.0.0',
  ])
  expect(shown).toContainEqual(wanted)
  expect(await todosOf(client)).toEqual(wanted)
  await client.close()
})
