import { SyncError } from '@holdfast/core'
import { expect, test } from 'vitest'
import { answering, twisted, type TwistedTransport } from '../../../core/test/support/transports.ts'
import { dispute, later, openWorld, type Settling } from './support.ts'

const now = 1_750_000_000_000

test.each<[Settling, object]>([
  ['latest', { strategy: 'lastWriteWins', kept: 'local', merged: undefined }],
  ['official', { strategy: 'serverWins', kept: 'remote', merged: undefined }],
  ['nested', { strategy: 'fieldMerge', kept: 'local', merged: undefined }],
  ['joined', { strategy: 'both', kept: 'merged', merged: 'mine+theirs' }],
  ['retried', { strategy: 'optimisticVersion', kept: 'local', merged: undefined }],
])('[JN1] what %s settled is there on all devices, with both values', async (name, settled) => {
  await using world = await openWorld()
  await dispute(world, name)
  const field = { collection: name, recordId: 'r', field: 'title', local: 'theirs', remote: 'mine' }
  const who = { localBy: 'ben', remoteBy: 'ann', at: now, withheld: undefined, undone: undefined }
  const [operation] = await world.theirs.client.operations.list({ status: 'COMPLETED' })
  expect(operation).toBeDefined()
  for (const { journal } of [world.mine, world.theirs]) {
    const entries = await journal.list()
    expect(entries).toMatchObject([{ ...field, ...who, ...settled }])
    expect(entries[0]?.id).toBe(`${entries[0]?.operationId}.title`)
  }
})

test('[JN1] an edit that meets a deletion is recorded as the whole record, both ways', async () => {
  await using world = await openWorld()
  const { mine, theirs, meet, journal } = { ...world, journal: world.mine.journal }
  for (const name of ['latest', 'doomed'] as const)
    for (const id of ['edited-first', 'deleted-first'])
      await mine.client.collections[name].create({ id, title: 'start' })
  await meet()
  for (const name of ['latest', 'doomed'] as const) {
    await mine.client.collections[name].update('edited-first', { title: 'edited' })
    await mine.client.collections[name].delete('deleted-first')
    await theirs.client.collections[name].delete('edited-first')
    await theirs.client.collections[name].update('deleted-first', { title: 'edited' })
  }
  await meet()
  const told = (await journal.list()).map(({ local, remote, ...entry }) => {
    const [here, there] = [local, remote].map((side) => (side === null ? 'deleted' : 'there'))
    return `${entry.strategy}: ${entry.recordId}, ${here}, ${there}, kept ${entry.kept}`
  })
  expect(told.toSorted()).toEqual([
    'deletes: deleteWins: deleted-first, there, deleted, kept remote',
    'deletes: deleteWins: edited-first, deleted, there, kept local',
    'deletes: editWins: deleted-first, there, deleted, kept local',
    'deletes: editWins: edited-first, deleted, there, kept remote',
  ])
  const [entry] = await journal.list({ collection: 'doomed', recordId: 'deleted-first' })
  expect(entry).toMatchObject({ field: '$deleted', localBy: 'ben', remoteBy: 'ann', remote: null })
  expect(entry?.local).toEqual({ id: 'deleted-first', title: 'edited', text: '', votes: 0 })
})

test('[JN1] a field that was not there is told apart from null, and dates stay dates', async () => {
  await using world = await openWorld()
  const { mine, theirs, meet } = world
  const due = new Date(0)
  await mine.client.collections.latest.create({ id: 'r', title: 'start', due })
  await meet()
  await mine.client.collections.latest.run.forgetDue('r', null)
  later(world)
  await theirs.client.collections.latest.update('r', { due: new Date(1) })
  await meet()
  const [entry] = await mine.journal.list()
  expect(entry).toMatchObject({ field: 'due', local: new Date(1), kept: 'local' })
  expect(entry?.remote).toBeUndefined()
  expect(entry?.withheld).toBeUndefined()
})

test('[JN1] what was decided without an answer is recorded once, and its author hears of it', async () => {
  const lost = new SyncError('NETWORK_UNREACHABLE', 'The answer was lost.', {})
  const transports: TwistedTransport[] = []
  await using world = await openWorld({
    between(transport) {
      const between = twisted(transport)
      transports.push(between)
      return between
    },
  })
  await dispute(world, 'latest')
  const { mine, theirs, meet } = world
  await mine.client.collections.latest.update('r', { title: 'mine again' })
  later(world)
  await theirs.client.collections.latest.update('r', { title: 'theirs again' })
  await mine.sync()
  transports[1]?.once(
    'push',
    answering(() => Promise.reject(lost)),
  )
  expect(await theirs.sync()).toMatchObject({ status: 'waiting' })
  await meet()
  expect(transports[1]?.calls).toContain('resume')
  expect((await mine.journal.list()).map(({ local }) => local)).toEqual(['theirs again', 'theirs'])
})

test('[JN2] nothing is recorded where nothing was dropped: other fields, fields with a type, questions', async () => {
  await using world = await openWorld()
  const { mine, theirs, meet } = world
  await mine.client.collections.nested.create({ id: 'r', title: 'start' })
  await mine.client.collections.strict.create({ id: 's', title: 'start' })
  await meet()
  await mine.client.collections.nested.update('r', { title: 'mine', votes: 1 })
  await theirs.client.collections.nested.update('r', { text: 'theirs', votes: 1 })
  await mine.client.collections.strict.update('s', { title: 'mine' })
  await theirs.client.collections.strict.update('s', { title: 'theirs' })
  await meet()
  expect(await theirs.client.conflicts.list()).toHaveLength(1)
  expect(await mine.client.collections.nested.get('r')).toMatchObject({
    title: 'mine',
    text: 'theirs',
    votes: 2,
  })
  expect(await mine.journal.list()).toEqual([])
  expect(await mine.client.collections.journal.find()).toEqual([])
})

test('[JN2] where a whole record is disputed, only what nobody had seen counts as dropped', async () => {
  await using world = await openWorld()
  const { mine, theirs, meet } = world
  await mine.client.collections.retried.create({ id: 'r', title: 'start', text: 'start' })
  await meet()
  await mine.client.collections.retried.update('r', { title: 'mine' })
  await theirs.client.collections.retried.update('r', { text: 'theirs', title: 'theirs' })
  await meet()
  expect(await mine.client.collections.retried.get('r')).toMatchObject({ title: 'theirs', text: 'theirs' })
  expect((await mine.journal.list()).map(({ field, remote }) => [field, remote])).toEqual([['title', 'mine']])
})

test('[JN2] a named operation that is tried again on the newest record drops nothing', async () => {
  await using world = await openWorld()
  const { mine, theirs, meet } = world
  await mine.client.collections.retried.create({ id: 'r', title: 'start' })
  await meet()
  await mine.client.collections.retried.run.append('r', ', mine')
  await theirs.client.collections.retried.run.append('r', ', theirs')
  await meet()
  expect(await mine.client.collections.retried.get('r')).toMatchObject({ title: 'start, mine, theirs' })
  expect(await mine.journal.list()).toEqual([])
})

test('[JN2] an operation that is refused, or whose transaction is, leaves no entry', async () => {
  await using world = await openWorld({
    server: { authorize: ({ after }) => after?.['text'] !== 'forbidden' },
  })
  const { mine, theirs, meet } = world
  const { latest } = mine.client.collections
  await latest.create({ id: 'r', title: 'start' })
  await latest.create({ id: 'other', title: 'start' })
  await meet()
  await latest.update('r', { title: 'mine' })
  later(world)
  await theirs.client.collections.latest.update('r', { title: 'theirs', text: 'forbidden' })
  await theirs.client.transaction(async ({ collections }) => {
    await collections.latest.update('r', { title: 'theirs' })
    await collections.latest.update('other', { text: 'forbidden' })
  })
  await meet()
  expect(await theirs.client.deadLetters.list()).toHaveLength(3)
  expect(await mine.client.collections.latest.get('r')).toMatchObject({ title: 'mine' })
  expect(await mine.client.collections.journal.find()).toEqual([])
})

test('[JN3] the newest entries are kept, whatever is settled for however long', async () => {
  const keep = 4
  await using world = await openWorld({ keep })
  for (let round = 1; round <= 3 * keep; round += 1)
    await dispute(world, 'latest', [`m${round}`, `t${round}`])
  const entries = await world.mine.journal.list()
  expect(entries.map(({ local }) => local)).toEqual(['t12', 't11', 't10', 't9'])
  const records = await world.mine.client.collections.journal.find()
  expect(records).toHaveLength(keep + 1)
  expect(records.filter(({ keep: head }) => head !== undefined)).toMatchObject([{ number: 3 * keep, keep }])
})

test('[JN3] an operation that drops more fields than are kept leaves the last of them', async () => {
  await using world = await openWorld({ keep: 1 })
  const { mine, theirs, meet } = world
  await mine.client.collections.latest.create({ id: 'r', title: 'start' })
  await meet()
  await mine.client.collections.latest.update('r', { title: 'mine', text: 'mine' })
  later(world)
  await theirs.client.collections.latest.update('r', { title: 'theirs', text: 'theirs' })
  await meet()
  expect(await mine.journal.list()).toMatchObject([{ field: 'title' }])
})
