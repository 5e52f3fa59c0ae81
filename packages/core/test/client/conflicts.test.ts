import { describe, expect, test } from 'vitest'
import type { ConflictAnswer } from '@holdfast/core'
import { failure } from '../support/failure.ts'
import { openPair, type Pair } from '../support/pair.ts'
import { until } from '../support/until.ts'

const both = async ({ mine, theirs }: Pair, name: 'asked' | 'mourned' = 'asked') => [
  await mine.client.collections[name].get('r'),
  await theirs.client.collections[name].get('r'),
]

/** Both change the title, and I another field too. */
const openTitleConflict = async (): Promise<Pair> => {
  const pair = await openPair()
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
  await pair.mine.client.collections.asked.update('r', { title: 'mine', votes: 7 })
  await pair.meet()
  return pair
}

test('[CL22] an open conflict shows both sides, who and what, and keeps my value in view', async () => {
  await using pair = await openTitleConflict()
  const conflict = await pair.conflict()
  expect(conflict).toMatchObject({
    collection: 'asked',
    recordId: 'r',
    fields: ['title'],
    mine: { title: 'mine', votes: 7 },
    theirs: { title: 'theirs', votes: 0 },
    serverVersion: 2,
    updatedBy: 'they',
  })
  const { asked } = pair.mine.client.collections
  expect(await asked.get('r')).toMatchObject({ title: 'mine', votes: 7 })
  expect(pair.mine.client.state).toMatchObject({ status: 'stopped' })
  expect(await pair.mine.client.operations.get(conflict.operations[0] ?? '')).toMatchObject({
    status: 'CONFLICT',
  })
})

const answers: readonly [name: string, answer: ConflictAnswer, title: string][] = [
  ['mine', 'mine', 'mine'],
  ['theirs', 'theirs', 'theirs'],
  ['a patch', { patch: { title: 'both' } }, 'both'],
]

test.each(answers)(
  '[CL25] %s settles it everywhere, with all undisputed changes',
  async (_name, answer, title) => {
    await using pair = await openTitleConflict()
    const { client } = pair.mine
    const { id, operations } = await pair.conflict()
    const receipt = await client.conflicts.resolve(id, answer)
    expect(await client.conflicts.list()).toEqual([])
    expect(await client.collections.asked.get('r')).toMatchObject({ title, votes: 7 })
    expect(await client.operations.get(operations[0] ?? '')).toMatchObject({
      status: 'SUPERSEDED',
      fate: { kind: 'superseded', by: receipt?.operationId },
    })
    await pair.meet()
    await pair.meet()
    expect(await both(pair)).toMatchObject([
      { title, votes: 7 },
      { title, votes: 7 },
    ])
    expect(await client.operations.get(receipt?.operationId ?? '')).toMatchObject({ status: 'COMPLETED' })
  },
)

test('[CL25] theirs with nothing of mine to add makes no operation', async () => {
  await using pair = await openPair()
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
  await pair.mine.client.collections.asked.update('r', { title: 'mine' })
  await pair.meet()
  const { id, operations } = await pair.conflict()
  expect(await pair.mine.client.conflicts.resolve(id, 'theirs')).toBeUndefined()
  expect(await pair.mine.client.collections.asked.get('r')).toMatchObject({ title: 'theirs' })
  const superseded = await pair.mine.client.operations.get(operations[0] ?? '')
  expect(superseded?.fate).toEqual({ kind: 'superseded', by: undefined })
})

test('[CL25] operations of one record fold into one answer', async () => {
  await using pair = await openPair()
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs', text: 'theirs' })
  const { asked } = pair.mine.client.collections
  for (const title of ['one', 'two', 'three']) await asked.update('r', { title })
  await asked.update('r', { text: 'mine' })
  await asked.update('r', { done: true })
  await pair.meet()
  const { id, operations, fields } = await pair.conflict()
  expect(fields).toEqual(['text', 'title'])
  expect(operations).toHaveLength(4)
  const receipt = await pair.mine.client.conflicts.resolve(id, 'mine')
  for (const operationId of operations) {
    expect(await pair.mine.client.operations.get(operationId)).toMatchObject({
      fate: { by: receipt?.operationId },
    })
  }
  await pair.meet()
  await pair.meet()
  const expected = { title: 'three', text: 'mine', done: true }
  expect(await both(pair)).toMatchObject([expected, expected])
})

test('[CL25] the answer is checked again: what they change meanwhile is a new question', async () => {
  await using pair = await openTitleConflict()
  const { id } = await pair.conflict()
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs again' })
  await pair.mine.client.conflicts.resolve(id, 'mine')
  await pair.meet()
  expect(await pair.conflict()).toMatchObject({
    fields: ['title'],
    mine: { title: 'mine', votes: 7 },
    theirs: { title: 'theirs again' },
  })
})

test('[CL23] a later edit of the disputed field joins the open conflict', async () => {
  await using pair = await openTitleConflict()
  await pair.mine.client.collections.asked.update('r', { title: 'mine, later' })
  await pair.meet()
  const { id, operations, mine } = await pair.conflict()
  expect(operations).toHaveLength(2)
  expect(mine).toMatchObject({ title: 'mine, later', votes: 7 })
  await pair.mine.client.conflicts.resolve(id, 'mine')
  await pair.meet()
  await pair.meet()
  expect(await both(pair)).toMatchObject([{ title: 'mine, later' }, { title: 'mine, later' }])
})

test('[CL23] a later edit of another field is not held up', async () => {
  await using pair = await openTitleConflict()
  const { operationId } = await pair.mine.client.collections.asked.update('r', { done: true })
  await pair.meet()
  await pair.meet()
  expect(await pair.mine.client.operations.get(operationId)).toMatchObject({ status: 'COMPLETED' })
  expect(await both(pair)).toMatchObject([
    { title: 'mine', done: true },
    { title: 'theirs', done: true },
  ])
  const { id } = await pair.conflict()
  await pair.mine.client.conflicts.resolve(id, 'theirs')
  await pair.meet()
  await pair.meet()
  expect(await both(pair)).toMatchObject([
    { title: 'theirs', votes: 7, done: true },
    { title: 'theirs', votes: 7, done: true },
  ])
})

describe('[CL25] edit against delete, where a person is asked', () => {
  test.each(['mine', 'theirs'] as const)('they deleted it, I edited it: %s', async (answer) => {
    await using pair = await openPair('mourned')
    await pair.theirs.client.collections.mourned.delete('r')
    await pair.mine.client.collections.mourned.update('r', { title: 'mine' })
    await pair.meet()
    const { id, fields, theirs } = await pair.conflict()
    expect(fields).toEqual(['$deleted'])
    expect(theirs).toBeUndefined()
    await pair.mine.client.conflicts.resolve(id, answer)
    await pair.meet()
    await pair.meet()
    const title = answer === 'mine' ? 'mine' : undefined
    const records = await both(pair, 'mourned')
    expect(records.map((record) => record?.title)).toEqual([title, title])
  })

  test.each(['mine', 'theirs'] as const)('they edited it, I deleted it: %s', async (answer) => {
    await using pair = await openPair('mourned')
    await pair.theirs.client.collections.mourned.update('r', { title: 'theirs' })
    await pair.mine.client.collections.mourned.delete('r')
    await pair.meet()
    const { id, fields, mine } = await pair.conflict()
    expect(fields).toEqual(['$deleted'])
    expect(mine).toBeUndefined()
    await pair.mine.client.conflicts.resolve(id, answer)
    await pair.meet()
    await pair.meet()
    const title = answer === 'theirs' ? 'theirs' : undefined
    const records = await both(pair, 'mourned')
    expect(records.map((record) => record?.title)).toEqual([title, title])
  })
})

test('[CL25] a wrong answer changes nothing and says why', async () => {
  await using pair = await openTitleConflict()
  const { conflicts } = pair.mine.client
  const { id } = await pair.conflict()
  await failure(conflicts.resolve(id.replace(/r@/, 'other@'), 'mine'), 'NOT_FOUND')
  await failure(conflicts.resolve('nonsense', 'mine'), 'NOT_FOUND')
  await failure(conflicts.resolve(id, { patch: { title: '' } }), 'INVALID')
  await failure(conflicts.resolve(id, { patch: { nope: 1 } }), 'INVALID')
  expect(await conflicts.list()).toHaveLength(1)
  await conflicts.resolve(id, 'mine')
  await failure(conflicts.resolve(id, 'mine'), 'NOT_FOUND')
})

test('[CL112] one record is followed, and several are answered; what is gone keeps none from its answer', async () => {
  await using pair = await openPair('asked', { ids: ['r', 's'] })
  const seen: (string | undefined)[] = []
  const watching = pair.mine.client.conflicts
    .get$('asked', 's')
    .subscribe((conflict) => seen.push(conflict?.fields.join()))
  for (const id of ['r', 's']) {
    await pair.theirs.client.collections.asked.update(id, { title: 'theirs' })
    await pair.mine.client.collections.asked.update(id, { title: 'mine' })
  }
  await pair.meet()
  const open = await pair.mine.client.conflicts.list()
  const ids = open.map(({ id }) => id)
  const resolved = await pair.mine.client.conflicts.resolveMany(['nothing', ...ids], 'mine')
  expect(resolved).toMatchObject([
    { conflictId: 'nothing', error: { code: 'NOT_FOUND' } },
    ...open.map(({ id, recordId }) => ({ conflictId: id, receipt: { recordId } })),
  ])
  expect(await pair.mine.client.conflicts.list()).toEqual([])
  await until(pair.mine.client.conflicts.get$('asked', 's'), (conflict) => conflict === undefined)
  watching.unsubscribe()
  expect(seen).toEqual([undefined, 'title', undefined])
})
