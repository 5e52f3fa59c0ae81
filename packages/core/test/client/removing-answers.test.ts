import {
  collection,
  defineSchema,
  fieldMerge,
  lastWriteWins,
  operation,
  type DeletePolicy,
} from '@holdfast/core'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { openDevices } from '../support/typed.ts'

const note = z.object({
  id: z.string(),
  title: z.string(),
  text: z.string().optional(),
  tag: z.string().optional(),
  place: z.string().default(''),
  votes: z.number().default(0),
})

const notes = (deletes: DeletePolicy) =>
  collection({
    fields: note,
    conflict: fieldMerge({ onOverlap: 'ask', fields: { votes: lastWriteWins() } }),
    deletes,
    operations: {
      clear: operation({
        input: z.object({}),
        apply: ({ text: _text, ...rest }: z.output<typeof note>) => rest,
      }),
    },
  })

const schema = defineSchema({
  version: '1.0.0',
  collections: { notes: notes('editWins'), mourned: notes('ask'), final: notes('deleteWins') },
})

type Name = keyof (typeof schema)['collections']

/** They wrote the text that I removed; I answer with mine, which removes it, and have not synced since. */
const openAnswered = async (name: Name = 'notes') => {
  const state = { allows: true }
  const devices = await openDevices(schema, 2, { authorize: () => state.allows })
  const [theirs, mine] = devices.clients
  if (mine === undefined || theirs === undefined) throw new Error('There are two.')
  const [here, there] = [mine.collections[name], theirs.collections[name]]
  await there.create({ id: 'r', title: 'old', text: 'old' })
  await devices.meet()
  await there.update('r', { text: 'theirs' })
  await here.run.clear('r', {})
  await devices.meet(3)
  const answer = async (): Promise<void> => {
    const [conflict] = await mine.conflicts.list()
    await mine.conflicts.resolve(conflict?.id ?? '', 'mine')
  }
  await answer()
  return {
    state,
    devices,
    mine,
    theirs,
    here,
    there,
    answer,
    [Symbol.asyncDispose]: devices[Symbol.asyncDispose],
  }
}

const syncAlone = async (client: {
  start: () => void
  pause: () => void
  syncNow: () => Promise<unknown>
}) => {
  client.start()
  await client.syncNow()
  client.pause()
}

test('[CL121] an answer that removes a field removes it everywhere', async () => {
  await using world = await openAnswered()
  await world.devices.meet(3)
  for (const client of [world.mine, world.theirs])
    expect(await client.collections.notes.get('r')).toEqual({ id: 'r', title: 'old', place: '', votes: 0 })
  expect(await world.mine.conflicts.list()).toEqual([])
})

test('[CL121] and nothing else: what others change at that moment stands, and is asked about by nobody', async () => {
  await using world = await openAnswered()
  await world.there.update('r', { votes: 7, title: 'theirs', tag: 'new' })
  await syncAlone(world.theirs)
  await world.devices.meet(3)
  for (const client of [world.mine, world.theirs])
    expect(await client.collections.notes.get('r')).toEqual({
      ...{ id: 'r', title: 'theirs', tag: 'new', place: '', votes: 7 },
    })
  expect(await world.mine.conflicts.list()).toEqual([])
})

test('[CL121] where it is asked about again, the next answer does not bring back older values', async () => {
  await using world = await openAnswered()
  await world.there.update('r', { text: 'again', votes: 7 })
  await syncAlone(world.theirs)
  await syncAlone(world.mine)
  const [conflict] = await world.mine.conflicts.list()
  expect(conflict).toMatchObject({
    fields: ['text'],
    mine: { votes: 7 },
    theirs: { votes: 7, text: 'again' },
  })
  await world.answer()
  await world.devices.meet(3)
  for (const client of [world.mine, world.theirs])
    expect(await client.collections.notes.get('r')).toEqual({ id: 'r', title: 'old', place: '', votes: 7 })
})

test.each([
  ['notes', { title: 'old', place: '', votes: 7 }, []],
  ['mourned', undefined, [['$deleted']]],
  ['final', undefined, []],
] as const)('[CL121] %s: a deletion at that moment meets it as any edit', async (name, there, asked) => {
  await using world = await openAnswered(name)
  await world.there.update('r', { votes: 7 })
  await world.there.delete('r')
  await syncAlone(world.theirs)
  await world.devices.meet(3)
  const record = await world.there.get('r')
  expect(record).toEqual(there && { id: 'r', ...there })
  expect((await world.mine.conflicts.list()).map(({ fields }) => fields)).toEqual(asked)
  expect(await world.mine.deadLetters.list()).toEqual([])
})

test('[CL121] one that was refused can be made again', async () => {
  await using world = await openAnswered()
  world.state.allows = false
  await syncAlone(world.mine)
  world.state.allows = true
  await world.there.update('r', { votes: 7 })
  await syncAlone(world.theirs)
  const [letter] = await world.mine.deadLetters.list()
  await world.mine.deadLetters.retry(letter?.id ?? '')
  await world.devices.meet(3)
  for (const client of [world.mine, world.theirs])
    expect(await client.collections.notes.get('r')).toEqual({ id: 'r', title: 'old', place: '', votes: 7 })
})
