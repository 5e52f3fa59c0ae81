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

/** Numbers that a seed decides (mulberry32). */
const numbersOf = (seed: number): ((below: number) => number) => {
  let state = seed
  return (below) => {
    state = (state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

test.each([1, 2, 3])(
  'a chat of three devices that sync when they like is one log, each author in order (seed %i)',
  async (seed) => {
    const drawn = numbersOf(seed)
    await withServer({ schema, authorize }, async ({ open }) => {
      const ada = await open('ada')
      const all = [ada, await open('ben'), await open('cyd')]
      await ada.collections.rooms.create({ id: 'site' })
      for (const device of all) await device.sync()
      const written = new Map<string, string[]>(all.map(({ user }) => [user, []]))
      for (let turn = 0; turn < 60; turn += 1) {
        const device = all[drawn(all.length)] ?? ada
        const own = written.get(device.user) ?? []
        own.push(`${own.length}`)
        await device.collections.rooms.run.post('site', { by: device.user, text: `${own.length - 1}` })
        if (drawn(6) === 0) await device.sync()
      }
      for (const device of [...all, ...all]) await device.sync()
      const [log, ...others] = await Promise.all(all.map(({ collections }) => collections.rooms.get('site')))
      expect(others).toEqual([log, log])
      expect(log?.messages).toHaveLength(60)
      for (const [user, texts] of written) {
        expect(log?.messages.filter(({ by }) => by === user).map(({ text }) => text)).toEqual(texts)
      }
    })
  },
)
