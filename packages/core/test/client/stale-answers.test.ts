import { describe, expect, test } from 'vitest'
import { SyncError, type ConflictAnswer, type OpenConflict } from '@holdfast/core'
import { rest } from '../regressions/rest.ts'
import { openClient, sync } from '../support/client.ts'
import { failure } from '../support/failure.ts'
import { openPair, type Pair } from '../support/pair.ts'
import { failing, localServer } from '../support/transports.ts'
import { until, untilStatus } from '../support/until.ts'

const answers: readonly [name: string, answer: ConflictAnswer][] = [
  ['mine', 'mine'],
  ['theirs', 'theirs'],
  ['a patch', { patch: { title: 'both' } }],
]

/** I was shown that their title is another one; then they deleted the record, and my device has heard of that. */
const openDeleted = async (
  name: 'asked' | 'mourned',
): Promise<{ readonly pair: Pair; readonly shown: string }> => {
  const pair = await openPair(name)
  await pair.theirs.client.collections[name].update('r', { title: 'theirs' })
  await pair.mine.client.collections[name].update('r', { title: 'mine', votes: 7 })
  await pair.meet()
  const { id } = await pair.conflict()
  await pair.theirs.client.collections[name].delete('r')
  await pair.meet()
  return { pair, shown: id }
}

const titles = async ({ mine, theirs }: Pair, name: 'asked' | 'mourned'): Promise<readonly unknown[]> => [
  (await mine.client.collections[name].get('r'))?.title,
  (await theirs.client.collections[name].get('r'))?.title,
]

describe.each(['asked', 'mourned'] as const)(
  '[CL120] %s: a record that was deleted since it was shown',
  (name) => {
    test.each(answers)('%s is not taken: the question stays, about the deletion', async (_name, answer) => {
      const { pair, shown } = await openDeleted(name)
      await using _ = pair
      const before = await pair.conflict()
      await failure(pair.mine.client.conflicts.resolve(shown, answer), 'STORAGE_CONFLICT')
      expect(await pair.conflict()).toEqual(before)
      expect(before).toMatchObject({ mine: { title: 'mine', votes: 7 }, theirs: undefined, answered: false })
      await pair.meet()
      await pair.meet()
      expect(await titles(pair, name)).toEqual(['mine', undefined])
    })

    test.each([
      ['mine', 'mine'],
      ['theirs', undefined],
    ] as const)('%s, once that is shown, stands everywhere', async (answer, title) => {
      const { pair } = await openDeleted(name)
      await using _ = pair
      await pair.mine.client.conflicts.resolve((await pair.conflict()).id, answer)
      await pair.meet()
      await pair.meet()
      expect(await titles(pair, name)).toEqual([title, title])
      expect(await pair.mine.client.conflicts.list()).toEqual([])
    })
  },
)

test.each(['deleted', 'anew'] as const)('[CL120] who did that is named: %s', async (what) => {
  const server = localServer()
  await using pair = await openPair('mourned', { server })
  await using cyd = await openClient({ user: 'cyd', transport: server('cyd') })
  const { mourned } = pair.theirs.client.collections
  await (what === 'anew' ? mourned.delete('r') : mourned.update('r', { title: 'theirs' }))
  await pair.mine.client.collections.mourned.update('r', { title: 'mine' })
  await pair.meet()
  const before = await pair.conflict()
  await sync(cyd)
  if (what === 'anew') await cyd.client.collections.mourned.create({ id: 'r', title: 'anew' })
  else await cyd.client.collections.mourned.delete('r')
  await sync(cyd)
  await pair.meet()
  const after = await pair.conflict()
  expect([before.updatedBy, after.updatedBy]).toEqual(['they', 'cyd'])
  expect(after.updatedAt).toBeGreaterThan(before.updatedAt)
})

/** I edited what they had deleted, and was shown that; then they made it anew. */
const openAnew = async (): Promise<{ readonly pair: Pair; readonly shown: string }> => {
  const pair = await openPair('mourned')
  await pair.theirs.client.collections.mourned.delete('r')
  await pair.mine.client.collections.mourned.update('r', { votes: 7 })
  await pair.meet()
  const { id } = await pair.conflict()
  await pair.theirs.client.collections.mourned.create({ id: 'r', title: 'anew' })
  await pair.meet()
  return { pair, shown: id }
}

describe('[CL120] a record that came back since its deletion was shown', () => {
  test.each(answers)('%s is not taken', async (_name, answer) => {
    const { pair, shown } = await openAnew()
    await using _ = pair
    await failure(pair.mine.client.conflicts.resolve(shown, answer), 'STORAGE_CONFLICT')
    expect(await pair.conflict()).toMatchObject({ mine: { votes: 7 }, theirs: { title: 'anew', votes: 0 } })
  })

  test('nor is one for an earlier deletion, where it was deleted again', async () => {
    const { pair, shown } = await openAnew()
    await using _ = pair
    await pair.theirs.client.collections.mourned.delete('r')
    await pair.meet()
    await failure(pair.mine.client.conflicts.resolve(shown, 'mine'), 'STORAGE_CONFLICT')
    await pair.mine.client.conflicts.resolve((await pair.conflict()).id, 'theirs')
    expect(await pair.mine.client.collections.mourned.get('r')).toBeUndefined()
  })
})

/** A transaction over two disputed records. */
const openTwo = async (): Promise<Pair> => {
  const pair = await openPair('asked', { ids: ['a', 'b'] })
  for (const id of ['a', 'b']) await pair.theirs.client.collections.asked.update(id, { title: 'theirs' })
  await pair.mine.client.transaction(async ({ collections: { asked } }) => {
    await asked.update('a', { title: 'mine' })
    await asked.update('b', { title: 'mine' })
  })
  await pair.meet()
  return pair
}

const answeredOf = ({ answered }: OpenConflict): boolean => answered

/** I answered about the first one, which they then deleted. */
const openKept = async (): Promise<Pair> => {
  const pair = await openTwo()
  await pair.mine.client.conflicts.resolve((await questionOn(pair, 'a')).id, 'mine')
  expect(await questionOn(pair, 'a')).toMatchObject({ answered: true })
  await pair.theirs.client.collections.asked.delete('a')
  await pair.meet()
  return pair
}

const questionOn = async ({ mine }: Pair, recordId: string) => {
  const found = (await mine.client.conflicts.list()).find((one) => one.recordId === recordId)
  if (found === undefined) throw new Error(`There is no conflict on ${recordId}.`)
  return found
}

test('[CL76] that an answer is kept is told to whoever watches', async () => {
  await using pair = await openTwo()
  const { client } = pair.mine
  const seen: string[] = []
  const watching = client.conflicts.list$().subscribe((open) => seen.push(open.map(answeredOf).join()))
  await until(client.conflicts.list$(), (open) => open.length === 2)
  await client.conflicts.resolve((await questionOn(pair, 'a')).id, 'mine')
  await until(client.conflicts.list$(), ([first]) => first?.answered === true)
  await rest()
  watching.unsubscribe()
  expect(seen).toEqual(['false,false', 'true,false'])
})

describe('[CL120] an answer that was kept for others of its transaction', () => {
  test('is asked for again where its record was deleted meanwhile', async () => {
    await using pair = await openKept()
    const { client } = pair.mine
    expect(await questionOn(pair, 'a')).toMatchObject({ answered: false, theirs: undefined })
    await client.conflicts.resolve((await questionOn(pair, 'b')).id, 'mine')
    expect(await questionOn(pair, 'b')).toMatchObject({ answered: true })
    await pair.meet()
    await pair.meet()
    expect(await pair.theirs.client.collections.asked.get('a')).toBeUndefined()
    await client.conflicts.resolve((await questionOn(pair, 'a')).id, 'mine')
    expect(await client.conflicts.list()).toEqual([])
    await pair.meet()
    await pair.meet()
    const shown = await pair.theirs.client.collections.asked.find({ orderBy: { id: 'asc' } })
    expect(shown.map(({ id, title }) => `${id} ${title}`)).toEqual(['a mine', 'b mine'])
  })

  test('also after a restart', async () => {
    await using pair = await openKept()
    await using again = await pair.mine.restart()
    expect((await again.client.conflicts.list()).map(answeredOf)).toEqual([false, false])
  })
})

describe('[CL122] an answer that was kept', () => {
  test.each([['theirs'], [{ patch: { title: 'both' } }]] as const)(
    '%j is asked for again once its record is edited where it is disputed',
    async (answer) => {
      await using pair = await openTwo()
      const { client } = pair.mine
      await client.conflicts.resolve((await questionOn(pair, 'a')).id, answer)
      await client.collections.asked.update('a', { title: 'later' })
      expect(await questionOn(pair, 'a')).toMatchObject({ answered: false, mine: { title: 'later' } })
      await client.conflicts.resolve((await questionOn(pair, 'b')).id, 'mine')
      expect(await client.collections.asked.get('a')).toMatchObject({ title: 'later' })
      await client.conflicts.resolve((await questionOn(pair, 'a')).id, 'mine')
      await pair.meet()
      await pair.meet()
      expect(await pair.theirs.client.collections.asked.get('a')).toMatchObject({ title: 'later' })
    },
  )

  test('"mine" takes in what is mine by then', async () => {
    await using pair = await openTwo()
    const { client } = pair.mine
    await client.conflicts.resolve((await questionOn(pair, 'a')).id, 'mine')
    await client.collections.asked.update('a', { title: 'later' })
    expect(await questionOn(pair, 'a')).toMatchObject({ answered: true })
    await client.conflicts.resolve((await questionOn(pair, 'b')).id, 'theirs')
    await pair.meet()
    await pair.meet()
    expect(await pair.theirs.client.collections.asked.get('a')).toMatchObject({ title: 'later' })
  })
})

/** Batches of one: I was shown that the title is disputed, and the verdict about the text came after that. */
const openGrown = async (): Promise<{ readonly pair: Pair; readonly shown: OpenConflict }> => {
  const pair = await openPair('asked', { batch: { operations: 1 } })
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs', text: 'theirs' })
  await sync(pair.theirs)
  const { client, transport } = pair.mine
  await client.collections.asked.update('r', { title: 'mine' })
  await client.collections.asked.update('r', { text: 'mine' })
  transport.once('push', (real) => real)
  transport.once('push', failing(new SyncError('NETWORK_UNREACHABLE', 'Try later.', {})))
  client.start()
  await untilStatus(client, 'waiting')
  client.pause()
  const shown = await pair.conflict()
  expect(shown.fields).toEqual(['title'])
  await pair.meet()
  return { pair, shown }
}

test.each(answers)('[CL123] %s is not taken for more than what was shown', async (_name, answer) => {
  const { pair, shown } = await openGrown()
  await using _ = pair
  const now = await pair.conflict()
  expect(now).toMatchObject({ fields: ['text', 'title'], serverVersion: shown.serverVersion })
  await failure(pair.mine.client.conflicts.resolve(shown.id, answer), 'STORAGE_CONFLICT')
  await pair.mine.client.conflicts.resolve(now.id, 'mine')
  await pair.meet()
  await pair.meet()
  const expected = { title: 'mine', text: 'mine' }
  expect(await pair.theirs.client.collections.asked.get('r')).toMatchObject(expected)
})

describe('[CL123] what I write after a question was shown', () => {
  const openTitleQuestion = async (besides = {}): Promise<Pair> => {
    const pair = await openPair()
    await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
    await pair.mine.client.collections.asked.update('r', { title: 'mine', ...besides })
    await pair.meet()
    return pair
  }
  const write = ({ mine }: Pair) => mine.client.collections.asked.update('r', { title: 'later' })

  test.each(answers)('%s does not give it up, whichever is stored first', async (_name, answer) => {
    await using pair = await openTitleQuestion({ votes: 7 })
    const { id } = await pair.conflict()
    await Promise.all([pair.mine.client.conflicts.resolve(id, answer).catch(() => undefined), write(pair)])
    expect(await pair.mine.client.collections.asked.get('r')).toMatchObject({ title: 'later', votes: 7 })
  })

  test.each([['theirs'], [{ patch: { title: 'both' } }]] as const)('%j is asked again', async (answer) => {
    await using pair = await openTitleQuestion()
    const { id } = await pair.conflict()
    await write(pair)
    await failure(pair.mine.client.conflicts.resolve(id, answer), 'STORAGE_CONFLICT')
    const now = await pair.conflict()
    expect(now).toMatchObject({ mine: { title: 'later' } })
    await pair.mine.client.conflicts.resolve(now.id, answer)
    expect(await pair.mine.client.conflicts.list()).toEqual([])
  })

  test('"mine" takes it in', async () => {
    await using pair = await openTitleQuestion()
    const { id } = await pair.conflict()
    await write(pair)
    await pair.mine.client.conflicts.resolve(id, 'mine')
    await pair.meet()
    await pair.meet()
    expect(await pair.theirs.client.collections.asked.get('r')).toMatchObject({ title: 'later' })
  })
})
