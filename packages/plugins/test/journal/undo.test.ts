import type { JournalEntry } from '@holdfast/plugins/journal'
import { firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { failure } from '../../../core/test/support/failure.ts'
import { until } from '../../../core/test/support/until.ts'
import { dispute, later, openWorld, type Device, type JournalWorld, type Settling } from './support.ts'

const newest = async ({ journal }: Device): Promise<JournalEntry> => {
  const [entry] = await journal.list()
  if (entry === undefined) throw new Error('There is no entry.')
  return entry
}

const titlesOf = async ({ mine, theirs }: JournalWorld, name: Settling) =>
  Promise.all(
    [mine, theirs].map(async ({ client }) => (await client.collections[name].get('r'))?.title ?? 'gone'),
  )

const reasonOf = async (device: Device, ...[id, options]: Parameters<Device['journal']['undo']>) =>
  (await failure(device.journal.undo(id, options), 'INVALID')).details.reason

test.each<Settling>(['latest', 'official', 'nested'])(
  '[JN6] what %s dropped is brought back, at once here and then everywhere, and the entry is marked',
  async (name) => {
    await using world = await openWorld()
    await dispute(world, name)
    const { mine, theirs, meet } = world
    const before = await titlesOf(world, name)
    const { id } = await newest(mine)
    const { operationId } = await mine.journal.undo(id)
    const other = before[0] === 'mine' ? 'theirs' : 'mine'
    expect(await titlesOf(world, name)).toEqual([other, before[1]])
    expect((await mine.journal.get(id))?.undone).toMatchObject({ by: 'ann' })
    await meet()
    expect(await mine.client.operations.settled(operationId)).toMatchObject({
      type: 'update',
      fate: { kind: 'applied', lost: [] },
    })
    expect(await titlesOf(world, name)).toEqual([other, other])
    for (const { journal } of [mine, theirs])
      expect(await journal.list()).toMatchObject([{ id, undone: { by: 'ann', at: 1_750_000_000_000 } }])
    expect(await reasonOf(theirs, id)).toBe('undone')
  },
)

test('[JN6] of merged values either one is brought back, and it has to be said which', async () => {
  await using world = await openWorld()
  await dispute(world, 'joined')
  const { id } = await newest(world.mine)
  expect(await titlesOf(world, 'joined')).toEqual(['mine+theirs', 'mine+theirs'])
  expect(await reasonOf(world.mine, id)).toBe('take')
  await world.mine.journal.undo(id, { take: 'remote' })
  await world.meet()
  expect(await titlesOf(world, 'joined')).toEqual(['mine', 'mine'])
})

test('[JN6] a change that comes meanwhile is judged with the undoing: nothing is overwritten without a word', async () => {
  await using world = await openWorld()
  await dispute(world, 'nested')
  const { mine, theirs, meet } = world
  const { id } = await newest(mine)
  later(world)
  await theirs.client.collections.nested.update('r', { title: 'third' })
  await theirs.sync()
  await mine.journal.undo(id)
  await meet()
  expect(await titlesOf(world, 'nested')).toEqual(['third', 'third'])
  expect(await newest(mine)).toMatchObject({ local: 'mine', remote: 'third', kept: 'remote', localBy: 'ann' })
})

test.each([
  { answer: 'mine', title: 'mine', undone: { by: 'ann', take: 'remote' } },
  { answer: 'theirs', title: 'gone', undone: { by: 'ann', take: 'remote' } },
] as const)(
  '[JN6] where the server asks about the undoing, the mark waits for the answer: $answer',
  async ({ answer, title, undone }) => {
    await using world = await openWorld()
    await dispute(world, 'mourned')
    const { mine, theirs, meet } = world
    const { id } = await newest(mine)
    await theirs.client.collections.mourned.delete('r')
    await theirs.sync()
    await mine.journal.undo(id)
    await meet()
    const [question] = await mine.client.conflicts.list()
    expect(question).toMatchObject({ fields: ['$deleted'] })
    expect((await newest(theirs)).undone).toBeUndefined()
    await mine.client.conflicts.resolve(question?.id ?? '', answer)
    await meet()
    expect(await titlesOf(world, 'mourned')).toEqual([title, title])
    for (const device of [mine, theirs]) expect((await newest(device)).undone).toMatchObject(undone)
    expect(await mine.client.deadLetters.list()).toEqual([])
  },
)

test('[JN7] of a record that is gone no field is brought back, whatever is asked for', async () => {
  await using world = await openWorld()
  await dispute(world, 'latest')
  const { mine, theirs, meet } = world
  const { id } = await newest(mine)
  await mine.client.collections.latest.delete('r')
  await meet()
  expect(await reasonOf(theirs, id)).toBe('changed since')
  await failure(theirs.journal.undo(id, { force: true }), 'NOT_FOUND')
})

test('[JN6] both or nothing: where the app refuses the mark, the value stays as it is', async () => {
  await using world = await openWorld({ server: { authorize: ({ action }) => action !== 'markUndone' } })
  await dispute(world, 'latest')
  const { mine, meet } = world
  const { id } = await newest(mine)
  await mine.journal.undo(id)
  await meet()
  expect(await titlesOf(world, 'latest')).toEqual(['theirs', 'theirs'])
  expect(await mine.client.deadLetters.list()).toHaveLength(2)
  expect((await newest(mine)).undone).toBeUndefined()
})

test('[JN6] two devices that undo the same agree on who did', async () => {
  await using world = await openWorld()
  await dispute(world, 'latest')
  const { mine, theirs, meet } = world
  const { id } = await newest(mine)
  await mine.journal.undo(id)
  await theirs.journal.undo(id)
  await meet()
  expect(await titlesOf(world, 'latest')).toEqual(['mine', 'mine'])
  for (const { journal } of [mine, theirs])
    expect(await journal.list()).toMatchObject([{ id, undone: { by: 'ann' } }])
})

test('[JN7] what has changed since is not undone unless that is asked for', async () => {
  await using world = await openWorld()
  await dispute(world, 'latest')
  const { mine, theirs, meet } = world
  const { id } = await newest(mine)
  await theirs.client.collections.latest.update('r', { text: 'of another field' })
  await meet()
  await mine.client.collections.latest.update('r', { title: 'third' })
  expect(await reasonOf(mine, id)).toBe('changed since')
  await meet()
  expect(await reasonOf(theirs, id)).toBe('changed since')
  expect((await newest(mine)).undone).toBeUndefined()
  await mine.journal.undo(id, { force: true })
  await meet()
  expect(await titlesOf(world, 'latest')).toEqual(['mine', 'mine'])
  expect((await newest(theirs)).undone).toMatchObject({ by: 'ann', take: 'remote' })
})

test('[JN7] an entry that is not there, the value that stood, and a field that was not there are refused', async () => {
  await using world = await openWorld({ keep: 1 })
  const { mine, theirs, meet } = world
  await failure(mine.journal.undo('nothing.title'), 'NOT_FOUND')
  await dispute(world, 'latest')
  const first = await newest(mine)
  expect(await reasonOf(mine, first.id, { take: 'local' })).toBe('kept')
  await dispute(world, 'latest')
  await failure(mine.journal.undo(first.id), 'NOT_FOUND')
  expect(await mine.journal.get(first.id)).toBeUndefined()

  await mine.client.collections.latest.update('r', { due: new Date(0) })
  await meet()
  await mine.client.collections.latest.run.forgetDue('r', null)
  later(world)
  await theirs.client.collections.latest.update('r', { due: new Date(1) })
  await meet()
  expect(await reasonOf(mine, (await newest(mine)).id)).toBe('not there')
})

test('[JN8] a deletion is undone by creating the record again, with all that it had', async () => {
  await using world = await openWorld()
  const { mine, theirs, meet } = world
  const record = { id: 'r', title: 'start', text: 'long', due: new Date(0), votes: 3 }
  await mine.client.collections.doomed.create(record)
  await meet()
  await mine.client.collections.doomed.update('r', { title: 'edited' })
  await theirs.client.collections.doomed.delete('r')
  await meet()
  expect(await titlesOf(world, 'doomed')).toEqual(['gone', 'gone'])
  const { id } = await newest(theirs)
  await theirs.journal.undo(id)
  await meet()
  for (const { client } of [mine, theirs])
    expect(await client.collections.doomed.get('r')).toEqual({ ...record, title: 'edited' })
  expect((await newest(mine)).undone).toMatchObject({ by: 'ben', take: 'remote' })
})

test('[JN8] a deletion that did not stand is undone by deleting the record, unless it was changed since', async () => {
  await using world = await openWorld()
  const { mine, theirs, meet } = world
  await mine.client.collections.latest.create({ id: 'r', title: 'start' })
  await meet()
  await mine.client.collections.latest.update('r', { title: 'edited' })
  await theirs.client.collections.latest.delete('r')
  await meet()
  const { id } = await newest(theirs)
  expect(await titlesOf(world, 'latest')).toEqual(['edited', 'edited'])
  await mine.client.collections.latest.update('r', { text: 'more' })
  await meet()
  expect(await reasonOf(theirs, id)).toBe('changed since')
  await theirs.journal.undo(id, { force: true })
  await meet()
  expect(await titlesOf(world, 'latest')).toEqual(['gone', 'gone'])
})

test('[JN8] a record that is there again is not replaced, whatever is asked for', async () => {
  await using world = await openWorld()
  const { mine, theirs, meet } = world
  await mine.client.collections.doomed.create({ id: 'r', title: 'start' })
  await meet()
  await mine.client.collections.doomed.update('r', { title: 'edited' })
  await theirs.client.collections.doomed.delete('r')
  await meet()
  const { id } = await newest(mine)
  await mine.client.collections.doomed.create({ id: 'r', title: 'again' })
  expect(await reasonOf(mine, id, { force: true })).toBe('changed since')
})

test('[JN1] the list follows, the newest first, of all or of one record', async () => {
  await using world = await openWorld()
  const { mine } = world
  const lists: number[] = []
  mine.journal.list$().subscribe((entries) => lists.push(entries.length))
  await dispute(world, 'latest')
  await dispute(world, 'official')
  await until(mine.journal.list$(), (entries) => entries.length === 2)
  expect(lists).toEqual([0, 1, 2])
  expect((await mine.journal.list()).map(({ collection }) => collection)).toEqual(['official', 'latest'])
  expect(await firstValueFrom(mine.journal.list$({ collection: 'latest' }))).toHaveLength(1)
  expect(await mine.journal.list({ recordId: 'other' })).toEqual([])
})
