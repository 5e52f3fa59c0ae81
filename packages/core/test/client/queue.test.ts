import { expect, test } from 'vitest'
import { failure } from '../support/failure.ts'
import { openClient, sync } from '../support/client.ts'
import { openPair } from '../support/pair.ts'
import { until } from '../support/until.ts'

test('[CL05] a full queue refuses writes and changes nothing; reads and sync go on', async () => {
  await using device = await openClient({ limits: { maxOps: 5 } })
  const { client } = device
  const levels: string[] = []
  client.queue$.subscribe(({ level }) => levels.push(level))
  const { tasks } = client.collections
  for (let count = 1; count <= 5; count += 1) {
    await tasks.create({ id: `t${count}`, title: 'fits' })
    await until(client.queue$, ({ pending }) => pending === count)
  }
  const error = await failure(tasks.create({ title: 'one too many' }), 'QUEUE_FULL')
  expect(error.details).toEqual({ limit: 5 })
  expect(error.message).toContain('sync before writing more')
  await failure(tasks.update('t1', { title: 'neither' }), 'QUEUE_FULL')
  expect(await tasks.get('t1')).toMatchObject({ title: 'fits' })
  expect(levels).toEqual(['ok', 'ok', 'ok', 'ok', 'warning', 'full'])

  await sync(device)
  await tasks.create({ title: 'fits again' })
  expect(await tasks.find()).toHaveLength(6)
})

test('[CL05] a conflict can be answered although the queue is full', async () => {
  await using pair = await openPair('asked', { limits: { maxOps: 1 } })
  const { client } = pair.mine
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
  await client.collections.asked.update('r', { title: 'mine' })
  await pair.meet()
  await client.collections.tasks.create({ title: 'fills the queue' })
  await failure(client.collections.tasks.create({ title: 'one too many' }), 'QUEUE_FULL')
  const { id } = await pair.conflict()
  await client.conflicts.resolve(id, 'mine')
  expect(await until(client.queue$, () => true)).toMatchObject({ pending: 2, level: 'full' })
  await pair.meet()
  await pair.meet()
  expect(await pair.theirs.client.collections.asked.get('r')).toMatchObject({ title: 'mine' })
})

test('[CL29] [P11] synced tells what waits for a person', async () => {
  await using pair = await openPair()
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
  await pair.mine.client.collections.asked.update('r', { title: 'mine' })
  await pair.meet()
  expect(await sync(pair.mine)).toMatchObject({ status: 'synced', conflicts: 1, deadLetters: 0 })
})

test('[CL27] [P05] every operation has a fate that can be looked up', async () => {
  await using device = await openClient()
  const { client } = device
  const { operationId } = await client.collections.tasks.create({ title: 'one' })
  expect(await client.operations.get(operationId)).toMatchObject({
    status: 'PENDING',
    fate: { kind: 'pending' },
  })
  const settled = client.operations.settled(operationId)
  await sync(device)
  expect(await settled).toMatchObject({
    status: 'COMPLETED',
    fate: { kind: 'applied', version: 1, lost: [] },
  })
  expect(await client.operations.get('none')).toBeUndefined()
  await failure(client.operations.settled('none'), 'NOT_FOUND')
})

test('[CL27] waiting for a fate ends with the client', async () => {
  const device = await openClient()
  const { operationId } = await device.client.collections.tasks.create({ title: 'one' })
  const settled = failure(device.client.operations.settled(operationId), 'CLOSED')
  await device.client.close()
  await settled
})
