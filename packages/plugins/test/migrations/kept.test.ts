import { hasCode, type Transport } from '@holdfast/core'
import { migrations } from '@holdfast/plugins/migrations'
import { expect, test } from 'vitest'
import { twisted } from '../../../core/test/support/transports.ts'
import { toSecond, toThird } from './app.ts'
import { openWorld, sync, todosOf } from './world.ts'

const lost = (): never => {
  throw Object.assign(new Error('the answer was lost'))
}

test('[MG7] what was sent goes out as it was, is shown brought up, and the server brings it up too', async () => {
  const world = openWorld()
  const device = world.device('ann')
  const before = await device.open('1.0.0')
  await before.collections['todos']?.create({ id: 'a', title: 'first', minutes: 1 })
  await sync(before)
  await before.close()

  const through = twisted(world.transport('ann'))
  through.once('push', () => lost)
  const cut = await device.open('1.0.0', { transport: through })
  await cut.collections['todos']?.update('a', { title: 'second', minutes: 2 })
  await cut.collections['todos']?.run['extend']?.('a', { by: 3 })
  await sync(cut)
  expect(await cut.operations.list({ status: 'SENT' })).toHaveLength(2)
  await cut.close()

  world.run('2.0.0')
  const sent: unknown[] = []
  const noting: Transport = {
    ...world.transport('ann'),
    push: (input, options) => {
      sent.push(...input.operations.map(({ type, payload, opVersion }) => ({ type, payload, opVersion })))
      return world.transport('ann').push(input, options)
    },
  }
  const after = await device.open('2.0.0', { transport: noting })
  const wanted = [{ id: 'a', name: 'second', seconds: 300, urgent: false }]
  expect(await todosOf(after)).toEqual(wanted)
  expect(await sync(after)).toMatchObject({ status: 'synced', deadLetters: 0, conflicts: 0 })
  expect(sent).toEqual([
    { type: 'update', payload: '{"title":"second","minutes":2}', opVersion: '1.0.0' },
    { type: 'extend', payload: '{"by":3}', opVersion: '1.0.0' },
  ])
  expect(await todosOf(after)).toEqual(wanted)
  await after.close()
})

test('[MG8] an open conflict and a dead letter come up, and can be answered and made again', async () => {
  const world = openWorld()
  const [ann, ben] = [world.device('ann'), world.device('ben')]
  const [hers, his] = [await ann.open('1.0.0'), await ben.open('1.0.0')]
  await hers.collections['todos']?.create({ id: 'a', title: 'start', minutes: 1 })
  await sync(hers)
  await sync(his)
  await hers.collections['todos']?.update('a', { title: 'hers' })
  await his.collections['todos']?.update('a', { title: 'his', minutes: 2 })
  await sync(hers)
  expect(await sync(his)).toMatchObject({ conflicts: 1 })
  await his.collections['todos']?.create({ id: 'b', title: 'refused', minutes: 5 })
  world.refuse('refused')
  expect(await sync(his)).toMatchObject({ deadLetters: 1 })
  world.refuse(undefined)
  await his.close()

  world.run('2.0.0')
  const updated = await ben.open('2.0.0')
  const [question] = await updated.conflicts.list()
  expect(question).toMatchObject({
    fields: ['name'],
    mine: { name: 'his', seconds: 120 },
    theirs: { name: 'hers', seconds: 60 },
  })
  const [letter] = await updated.deadLetters.list()
  await updated.deadLetters.retry(letter?.id ?? '')
  await updated.conflicts.resolve(question?.id ?? '', 'mine')
  expect(await sync(updated)).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
  const wanted = [
    { id: 'a', name: 'his', seconds: 120, urgent: false },
    { id: 'b', name: 'refused', seconds: 300, urgent: false },
  ]
  expect(await todosOf(updated)).toEqual(wanted)
  await updated.close()
  await hers.close()
  const other = await world.device('cyd').open('2.0.0')
  await sync(other)
  expect(await todosOf(other)).toEqual(wanted)
  await other.close()
})

test('[MG9] a step that throws is named with the record; the database stays, and the mended step goes on', async () => {
  const world = openWorld()
  const device = world.device('ann')
  const before = await device.open('1.0.0')
  for (const id of ['a', 'b']) await before.collections['todos']?.create({ id, title: id, minutes: 1 })
  await before.close()
  const records = {
    todos: (todo: Parameters<NonNullable<typeof toSecond.records>['todos'] & object>[0]) => {
      if (todo['id'] === 'b') throw new Error('no luck')
      return { ...todo, urgent: false }
    },
  }
  const broken = migrations([{ ...toSecond, records }, toThird])
  const refused: unknown = await device.open('2.0.0', { plugins: [broken] }).catch((error: unknown) => error)
  expect(hasCode(refused, 'PLUGIN_FAILED') && refused.details).toMatchObject({
    plugin: 'migrations',
    reason: expect.stringMatching(/"b" of todos from 1\.0\.0 to 1\.1\.0: no luck/) as unknown,
  })
  const after = await device.open('2.0.0')
  expect(await todosOf(after)).toEqual([
    { id: 'a', name: 'a', seconds: 60, urgent: false },
    { id: 'b', name: 'b', seconds: 60, urgent: false },
  ])
  world.run('2.0.0')
  expect(await sync(after)).toMatchObject({ status: 'synced', deadLetters: 0 })
  await after.close()
})

test('[MG10] records older than all steps are fetched anew; operations are kept, and wait for a server that knows them', async () => {
  const world = openWorld()
  const device = world.device('ann')
  const before = await device.open('1.0.0')
  await before.collections['todos']?.create({ id: 'a', title: 'old', minutes: 1 })
  await sync(before)
  await before.collections['todos']?.update('a', { minutes: 2 })
  await before.close()

  const short = [migrations([toThird])]
  world.run('2.0.0')
  const after = await device.open('2.0.0', { plugins: short })
  expect(await todosOf(after)).toEqual([])
  expect(await after.operations.list({ status: 'PENDING' })).toMatchObject([{ opVersion: '1.0.0' }])
  expect(await sync(after)).toMatchObject({ status: 'synced', deadLetters: 0, conflicts: 0 })
  expect(await todosOf(after)).toEqual([{ id: 'a', name: 'old', seconds: 120, urgent: false }])
  await after.close()
})

test('[MG10] of a server that is older than all steps nothing is taken: it has to be updated', async () => {
  const world = openWorld()
  const old = await world.device('ann').open('1.0.0')
  await old.collections['todos']?.create({ id: 'a', title: 'old', minutes: 1 })
  await sync(old)
  await old.close()
  const newer = await world.device('ben').open('2.0.0', { plugins: [migrations([toThird])] })
  await newer.collections['todos']?.create({ id: 'b', name: 'kept' })
  expect(await sync(newer)).toMatchObject({
    status: 'blocked',
    error: { code: 'UPGRADE_REQUIRED', details: { side: 'server' } },
  })
  world.run('2.0.0')
  expect(await sync(newer)).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(await todosOf(newer)).toMatchObject([{ id: 'a', name: 'old', seconds: 60 }, { id: 'b' }])
  await newer.close()
})
