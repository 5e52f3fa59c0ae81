import { encodePortable, type PushInput, type RecordData } from '@holdfast/core/protocol'
import { expect, test } from 'vitest'
import { scope } from '../../../core/test/support/transports.ts'
import { openWorld, sync, todosOf } from './world.ts'

test('[MG18] what a migration changed nobody changed: what was made before a reset is not asked about for it', async () => {
  const world = openWorld()
  const author = await world.device('ann').open('1.0.0')
  await author.collections['todos']?.create({ id: 'a', title: 'start', minutes: 1 })
  await sync(author)
  await author.close()
  world.run('2.0.0')
  const late = (payload: RecordData, clientSeq: number): PushInput => ({
    protocol: 4,
    clientId: 'late',
    instance: { acknowledged: 'i', candidate: 'i' },
    scope,
    cursor: '',
    batchId: `batch-${clientSeq}`,
    operations: [
      {
        ...{ id: `op-${clientSeq}`, clientSeq, collection: 'todos', recordId: 'a', type: 'update' },
        payload: encodePortable(payload),
        // Made on the first version, and on nothing that came after it.
        ...{ baseVersion: 1, history: 1, timestamp: 1, opVersion: '2.0.0' },
      },
    ],
  })
  const stranger = await world.device('ben').open('2.0.0')
  await sync(stranger)
  await stranger.collections['todos']?.update('a', { name: 'renamed' })
  await sync(stranger)
  const push = async (payload: RecordData, clientSeq: number) => {
    const { signal } = new AbortController()
    return (await world.transport('cyd').push(late(payload, clientSeq), { signal })).results
  }
  expect(await push({ seconds: 300, urgent: true }, 1)).toMatchObject([{ kind: 'merged', lost: [] }])
  expect(await push({ name: 'by the late one' }, 2)).toMatchObject([{ kind: 'conflict', fields: ['name'] }])
  await sync(stranger)
  expect(await todosOf(stranger)).toEqual([{ id: 'a', name: 'renamed', seconds: 300, urgent: true }])
  await stranger.close()
})
