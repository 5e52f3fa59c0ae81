import { withServer } from '@holdfast-examples/support'
import { expect, test } from 'vitest'
import { authorize, schema, tellStory } from '../src/tasks-and-chat.ts'

test('[R19] tasks and chat: what was meant is replayed on the newest record, each author in order', async () => {
  const said: string[] = []
  const { tasks, logs, logOffline, fates } = await tellStory((line) => said.push(line))
  const task = { id: 'roof', title: 'Mend the roof', owner: 'cyd', dueIn: 6 }
  expect(tasks).toEqual([task, task, task])
  expect(logOffline).toEqual(['ben: On my way.', 'ben: Where is everybody?'])
  // In the order in which the devices synced.
  const log = ['cyd: Hello?', ...logOffline, 'ada: It rains.', 'ada: Stay home.']
  expect(logs).toEqual([log, log, log])
  expect(fates).toHaveLength(11)
  expect(fates).toEqual(fates.map(() => expect.objectContaining({ kind: 'applied', lost: [] }) as unknown))
  expect(said.at(-1)).toBe('  ada: Stay home.')
})

test("nobody posts in another's name, or writes a log by hand", async () => {
  const fates = await withServer({ schema, authorize }, async ({ open }) => {
    const eve = await open('eve')
    const { rooms } = eve.collections
    await rooms.create({ id: 'site' })
    const forged = [{ by: 'ada', text: 'I quit.' }]
    const tries = [
      await rooms.run.post('site', { by: 'ada', text: 'I quit.' }),
      await rooms.update('site', { messages: forged }),
      await rooms.create({ id: 'other', messages: forged }),
      await rooms.delete('site'),
    ]
    await eve.sync()
    const operations = await Promise.all(tries.map(({ operationId }) => eve.operations.settled(operationId)))
    expect(await rooms.find()).toEqual([{ id: 'site', messages: [] }])
    return operations.map(({ fate }) => fate)
  })
  const refused = { kind: 'rejected', code: 'FORBIDDEN_OR_MISSING' }
  expect(fates).toMatchObject([refused, refused, refused, refused])
})
