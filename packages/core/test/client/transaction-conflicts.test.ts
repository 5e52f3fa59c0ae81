import { describe, expect, test } from 'vitest'
import type { ConflictAnswer, OpenConflict, Operation } from '@holdfast/core'
import type { PushInput } from '../../src/protocol/push.ts'
import { sync, type TestClient } from '../support/client.ts'
import { failure } from '../support/failure.ts'
import { openPair, type Pair, type PairOptions } from '../support/pair.ts'
import { localServer } from '../support/transports.ts'
import { until } from '../support/until.ts'

const ids = ['a', 'b', 'c']

const openShared = (options: PairOptions = {}): Promise<Pair> => openPair('asked', { ids, ...options })

/** I change the title of all three and make a fourth, as one. */
const writeAll = ({ client }: TestClient, title = 'mine'): Promise<void> =>
  client.transaction(async ({ collections: { asked } }) => {
    for (const id of ids) await asked.update(id, { title })
    await asked.create({ id: 'd', title })
  })

const titles = async ({ client }: TestClient): Promise<string> =>
  (await client.collections.asked.find({ orderBy: { id: 'asc' } })).map(({ title }) => title).join()

const statuses = async ({ client }: TestClient): Promise<string> =>
  (await client.operations.list()).map(({ status }) => status).join()

const conflictOn = async ({ client }: TestClient, recordId: string): Promise<OpenConflict> => {
  const found = (await client.conflicts.list()).find((one) => one.recordId === recordId)
  if (found === undefined) throw new Error(`There is no conflict on ${recordId}.`)
  return found
}

/** They changed some of the titles; I all of them, in one transaction; then we meet. */
const openDisputed = async (...disputed: readonly string[]): Promise<Pair> => {
  const pair = await openShared()
  for (const id of disputed) await pair.theirs.client.collections.asked.update(id, { title: 'theirs' })
  await writeAll(pair.mine)
  await pair.meet()
  return pair
}

const remade = async ({ client }: TestClient): Promise<readonly Operation[]> =>
  (await client.operations.list()).filter(({ status }) => status === 'PENDING')

describe('[CL75] one of a transaction in conflict', () => {
  test('nothing is applied, the others wait with it, and there is one question', async () => {
    await using pair = await openDisputed('b')
    const { client } = pair.mine
    const open = await client.conflicts.list()
    expect(open).toMatchObject([{ recordId: 'b', fields: ['title'], answered: false }])
    expect(await until(client.queue$, () => true)).toMatchObject({ pending: 0, sent: 0, conflicts: 1 })
    expect(await titles(pair.theirs)).toBe('old,theirs,old')
    expect(await titles(pair.mine)).toBe('mine,mine,mine,mine')
    const [a, b, c, d] = await client.operations.list()
    expect(b).toMatchObject({ status: 'CONFLICT', fate: { kind: 'conflict', fields: ['title'] } })
    for (const other of [a, c, d])
      expect(other).toMatchObject({
        status: 'CONFLICT',
        fate: { kind: 'aborted', cause: b?.id, reason: 'conflict' },
      })
    expect(await client.deadLetters.list()).toEqual([])
  })

  test('what waits survives a restart', async () => {
    await using pair = await openDisputed('b')
    const before = await pair.mine.client.conflicts.list()
    await using again = await pair.mine.restart()
    expect(await again.client.conflicts.list()).toEqual(before)
    expect(await titles(again)).toBe('mine,mine,mine,mine')
  })
})

const answers: readonly [name: string, answer: ConflictAnswer, title: string][] = [
  ['mine', 'mine', 'mine'],
  ['theirs', 'theirs', 'theirs'],
  ['a patch', { patch: { title: 'both' } }, 'both'],
]

describe('[CL76] its answer', () => {
  test.each(answers)('%s applies all of it, in one transaction, under new ids', async (_name, answer, b) => {
    await using pair = await openDisputed('b')
    const { client } = pair.mine
    const old = await client.operations.list()
    const receipt = await client.conflicts.resolve((await conflictOn(pair.mine, 'b')).id, answer)
    expect(receipt?.recordId).toBe(answer === 'theirs' ? undefined : 'b')
    expect(await client.conflicts.list()).toEqual([])
    expect(await titles(pair.mine)).toBe(`mine,${b},mine,mine`)
    const made = await remade(pair.mine)
    expect(made.map(({ recordId }) => recordId)).toEqual(
      answer === 'theirs' ? ['a', 'c', 'd'] : ['a', 'b', 'c', 'd'],
    )
    expect(new Set(made.map(({ transaction }) => transaction?.id)).size).toBe(1)
    expect(made.every(({ transaction }) => transaction?.size === made.length)).toBe(true)
    expect(made.some(({ id }) => old.some((one) => one.id === id))).toBe(false)
    for (const { id, recordId } of old) {
      const by = made.find((one) => one.recordId === recordId)?.id
      expect((await client.operations.get(id))?.fate).toEqual({ kind: 'superseded', by })
    }
    await pair.meet()
    expect(await titles(pair.mine)).toBe(`mine,${b},mine,mine`)
    await pair.meet()
    expect(await titles(pair.theirs)).toBe(`mine,${b},mine,mine`)
  })

  test('theirs, that makes nothing for the disputed record, still sends the others at once', async () => {
    await using pair = await openDisputed('b')
    const { client } = pair.mine
    client.start()
    await until(client.state$, ({ status }) => status === 'synced')
    expect(await client.conflicts.resolve((await conflictOn(pair.mine, 'b')).id, 'theirs')).toBeUndefined()
    await until(client.queue$, ({ pending, sent }) => pending + sent === 0)
    expect(await statuses(pair.mine)).toBe(
      ['SUPERSEDED', 'SUPERSEDED', 'SUPERSEDED', 'SUPERSEDED', 'COMPLETED', 'COMPLETED', 'COMPLETED'].join(),
    )
  })

  test('is kept until the other disputed record of it has one too', async () => {
    await using pair = await openDisputed('a', 'c')
    const { client } = pair.mine
    expect((await client.conflicts.list()).map(({ recordId }) => recordId)).toEqual(['a', 'c'])
    expect(await client.conflicts.resolve((await conflictOn(pair.mine, 'a')).id, 'theirs')).toBeUndefined()
    expect(await client.conflicts.list()).toMatchObject([
      { recordId: 'a', answered: true },
      { recordId: 'c', answered: false },
    ])
    expect(await titles(pair.mine)).toBe('mine,mine,mine,mine')
    expect(await remade(pair.mine)).toEqual([])

    await using again = await pair.mine.restart()
    const receipt = await again.client.conflicts.resolve((await conflictOn(again, 'c')).id, 'mine')
    expect(receipt?.recordId).toBe('c')
    expect(await again.client.conflicts.list()).toEqual([])
    expect(await titles(again)).toBe('theirs,mine,mine,mine')
    expect((await remade(again)).map(({ recordId }) => recordId)).toEqual(['b', 'c', 'd'])
    await sync(again)
    await sync(pair.theirs)
    expect(await titles(pair.theirs)).toBe('theirs,mine,mine,mine')
  })

  test('may be changed for as long as it is kept', async () => {
    await using pair = await openDisputed('a', 'c')
    const { client } = pair.mine
    await client.conflicts.resolve((await conflictOn(pair.mine, 'a')).id, 'theirs')
    await client.conflicts.resolve((await conflictOn(pair.mine, 'a')).id, {
      patch: { title: 'second thought' },
    })
    await client.conflicts.resolve((await conflictOn(pair.mine, 'c')).id, 'theirs')
    expect(await titles(pair.mine)).toBe('second thought,mine,theirs,mine')
  })

  test('that does not fit is refused, and nothing is kept of it', async () => {
    await using pair = await openDisputed('a', 'c')
    const { conflicts } = pair.mine.client
    const { id } = await conflictOn(pair.mine, 'a')
    await failure(conflicts.resolve(id, { patch: { title: '' } }), 'INVALID')
    await failure(conflicts.resolve(id.replace('/a@', '/b@'), 'mine'), 'NOT_FOUND')
    expect(await conflictOn(pair.mine, 'a')).toMatchObject({ answered: false })
  })

  test('is told to those who listen once it takes effect', async () => {
    await using pair = await openDisputed('a', 'c')
    const { client } = pair.mine
    const told: string[] = []
    client.events$.subscribe((event) => {
      if (event.type === 'conflictResolved') told.push(event.conflictId)
    })
    await client.conflicts.resolve((await conflictOn(pair.mine, 'a')).id, 'mine')
    expect(told).toEqual([])
    const { id } = await conflictOn(pair.mine, 'c')
    await client.conflicts.resolve(id, 'mine')
    expect(told).toEqual([id])
  })
})

describe('[CL76] what they change while the question is open', () => {
  test('of the disputed record: it is asked about again, and all wait again', async () => {
    await using pair = await openDisputed('b')
    const { client } = pair.mine
    const { id } = await conflictOn(pair.mine, 'b')
    await pair.theirs.client.collections.asked.update('b', { title: 'theirs again' })
    await client.conflicts.resolve(id, 'mine')
    await pair.meet()
    expect(await client.conflicts.list()).toMatchObject([
      { recordId: 'b', theirs: { title: 'theirs again' }, mine: { title: 'mine' } },
    ])
    expect(await titles(pair.theirs)).toBe('old,theirs again,old')
    await client.conflicts.resolve((await conflictOn(pair.mine, 'b')).id, 'mine')
    await pair.meet()
    await pair.meet()
    expect(await titles(pair.theirs)).toBe('mine,mine,mine,mine')
  })

  test('of another one of it: that is a new question, and nothing of theirs is lost', async () => {
    await using pair = await openDisputed('b')
    const { client } = pair.mine
    await pair.theirs.client.collections.asked.update('c', { title: 'theirs too' })
    await pair.meet()
    expect(await client.conflicts.list()).toMatchObject([{ recordId: 'b' }])
    await client.conflicts.resolve((await conflictOn(pair.mine, 'b')).id, 'mine')
    await pair.meet()
    expect(await client.conflicts.list()).toMatchObject([
      { recordId: 'c', fields: ['title'], theirs: { title: 'theirs too' } },
    ])
    expect(await titles(pair.theirs)).toBe('old,theirs,theirs too')
    await client.conflicts.resolve((await conflictOn(pair.mine, 'c')).id, 'theirs')
    await pair.meet()
    await pair.meet()
    expect(await titles(pair.theirs)).toBe('mine,mine,theirs too,mine')
  })

  test('after one of two answers was given: the kept one is checked against what was shown', async () => {
    await using pair = await openDisputed('a', 'c')
    const { client } = pair.mine
    await client.conflicts.resolve((await conflictOn(pair.mine, 'a')).id, 'mine')
    await pair.theirs.client.collections.asked.update('a', { title: 'theirs again' })
    await pair.meet()
    await client.conflicts.resolve((await conflictOn(pair.mine, 'c')).id, 'mine')
    await pair.meet()
    expect(await client.conflicts.list()).toMatchObject([
      { recordId: 'a', theirs: { title: 'theirs again' } },
    ])
    expect(await titles(pair.theirs)).toBe('theirs again,old,theirs')
  })
})

describe('[CL78] what I write while it is open', () => {
  test('and that shares a field with one of it joins, and comes with the answer', async () => {
    await using pair = await openDisputed('b')
    const { client } = pair.mine
    const { operationId } = await client.collections.asked.update('a', { title: 'mine, later' })
    expect(await client.operations.get(operationId)).toMatchObject({ status: 'CONFLICT' })
    await pair.meet()
    await pair.meet()
    expect(await titles(pair.theirs)).toBe('old,theirs,old')
    await client.conflicts.resolve((await conflictOn(pair.mine, 'b')).id, 'mine')
    await pair.meet()
    await pair.meet()
    expect(await titles(pair.theirs)).toBe('mine, later,mine,mine,mine')
  })

  test('and that shares no field is sent by itself, and is not undone by the answer', async () => {
    await using pair = await openDisputed('b')
    const { client } = pair.mine
    const { operationId } = await client.collections.asked.update('a', { votes: 4 })
    await pair.meet()
    await pair.meet()
    expect(await client.operations.get(operationId)).toMatchObject({ status: 'COMPLETED' })
    expect(await pair.theirs.client.collections.asked.get('a')).toMatchObject({ title: 'old', votes: 4 })
    await client.conflicts.resolve((await conflictOn(pair.mine, 'b')).id, 'mine')
    await pair.meet()
    await pair.meet()
    expect(await pair.theirs.client.collections.asked.get('a')).toMatchObject({ title: 'mine', votes: 4 })
  })

  test('on a record that it makes: it joins too, with what was queued before the verdict', async () => {
    await using pair = await openShared()
    const { client } = pair.mine
    await pair.theirs.client.collections.asked.update('b', { title: 'theirs' })
    await writeAll(pair.mine)
    const before = await client.collections.asked.update('d', { votes: 1 })
    await pair.meet()
    const after = await client.collections.asked.update('d', { text: 'later' })
    for (const { operationId } of [before, after])
      expect(await client.operations.get(operationId)).toMatchObject({ status: 'CONFLICT' })
    expect(await client.deadLetters.list()).toEqual([])
    await client.conflicts.resolve((await conflictOn(pair.mine, 'b')).id, 'theirs')
    await pair.meet()
    await pair.meet()
    expect(await pair.theirs.client.collections.asked.get('d')).toMatchObject({
      title: 'mine',
      votes: 1,
      text: 'later',
    })
  })

  test('a transaction of which one write meets the question waits as a whole', async () => {
    await using pair = await openDisputed('b')
    const { client } = pair.mine
    await client.transaction(async ({ collections: { asked } }) => {
      await asked.create({ id: 'e', title: 'second' })
      await asked.update('b', { title: 'second' })
    })
    await pair.meet()
    await pair.meet()
    expect(await titles(pair.theirs)).toBe('old,theirs,old')
    expect(await client.conflicts.list()).toHaveLength(1)
    await client.conflicts.resolve((await conflictOn(pair.mine, 'b')).id, 'mine')
    const made = await remade(pair.mine)
    expect(new Set(made.map(({ transaction }) => transaction?.id)).size).toBe(1)
    await pair.meet()
    await pair.meet()
    expect(await titles(pair.theirs)).toBe('mine,second,mine,mine,second')
  })
})

describe('[CL79] what was made on top of a creation that waits', () => {
  test('a transaction waits as a whole with it, and is made again with the answer', async () => {
    await using pair = await openShared()
    const { client } = pair.mine
    await pair.theirs.client.collections.asked.update('b', { title: 'theirs' })
    await writeAll(pair.mine)
    await client.transaction(async ({ collections: { asked } }) => {
      await asked.create({ id: 'e', title: 'second' })
      await asked.update('d', { votes: 2 })
    })
    await pair.meet()
    expect(await client.deadLetters.list()).toEqual([])
    expect(await statuses(pair.mine)).toBe(Array.from({ length: 6 }, () => 'CONFLICT').join())
    expect(await until(client.queue$, () => true)).toMatchObject({ conflicts: 1, deadLetters: 0 })
    await client.conflicts.resolve((await conflictOn(pair.mine, 'b')).id, 'mine')
    await pair.meet()
    await pair.meet()
    expect(await titles(pair.theirs)).toBe('mine,mine,mine,mine,second')
    expect(await pair.theirs.client.collections.asked.get('d')).toMatchObject({ votes: 2 })
  })

  test('where something else of it is refused, it is among the dead letters, whole', async () => {
    const server = localServer({ authorize: ({ after }) => after?.['title'] !== 'forbidden' })
    await using pair = await openShared({ server })
    const { client } = pair.mine
    await pair.theirs.client.collections.asked.update('b', { title: 'theirs' })
    await writeAll(pair.mine)
    await client.transaction(async ({ collections: { asked } }) => {
      await asked.create({ id: 'e', title: 'forbidden' })
      await asked.update('d', { votes: 2 })
    })
    await pair.meet()
    const letters = await client.deadLetters.list()
    expect(letters.map(({ recordId }) => recordId)).toEqual(['e', 'd'])
    await client.conflicts.resolve((await conflictOn(pair.mine, 'b')).id, 'mine')
    await pair.meet()
    await pair.meet()
    expect(await pair.theirs.client.collections.asked.get('d')).toMatchObject({ title: 'mine', votes: 0 })
  })
})

test('[CL74] a resend of a transaction is the same transaction', async () => {
  await using pair = await openShared()
  const pushes: PushInput[] = []
  pair.mine.transport.once('push', (real) => async (input, options) => {
    pushes.push(input)
    await real(input, options)
    throw new Error('the answer was lost')
  })
  pair.mine.transport.once('push', (real) => (input, options) => {
    pushes.push(input)
    return real(input, options)
  })
  await writeAll(pair.mine)
  pair.mine.client.start()
  await until(pair.mine.client.state$, ({ status }) => status === 'blocked')
  pair.mine.client.start()
  await until(pair.mine.client.state$, ({ status }) => status === 'synced')
  expect(pushes[1]?.operations).toEqual(pushes[0]?.operations)
  expect(await statuses(pair.mine)).toBe('COMPLETED,COMPLETED,COMPLETED,COMPLETED')
})

test.each([
  ['mourned', [['$deleted']], undefined],
  ['asked', [], { title: 'newer', done: true }],
] as const)(
  '[CL76] %s: a record of it that was deleted meanwhile is not made anew, but judged as it was edited',
  async (name, asked, there) => {
    await using pair = await openPair(name, { ids })
    const { client } = pair.mine
    await pair.theirs.client.collections[name].update('a', { title: 'theirs' })
    await client.transaction(async ({ collections }) => {
      await collections[name].update('a', { title: 'mine' })
      await collections[name].update('b', { title: 'mine', done: true })
    })
    // Sent before anybody knows that the transaction waits: it stands, and has overwritten a part of that.
    await client.collections[name].update('b', { title: 'newer' })
    await pair.meet()
    await pair.theirs.client.collections[name].update('b', { votes: 7 })
    await pair.meet()
    await pair.theirs.client.collections[name].delete('b')
    await pair.meet()
    await client.conflicts.resolve((await conflictOn(pair.mine, 'a')).id, 'mine')
    await pair.meet()
    await pair.meet()
    const open = await client.conflicts.list()
    expect(open.map(({ fields }) => fields)).toEqual(asked)
    const record = await pair.theirs.client.collections[name].get('b')
    expect(record && { title: record.title, done: record.done, votes: record.votes }).toEqual(
      there && { ...there, votes: 7 },
    )
  },
)
