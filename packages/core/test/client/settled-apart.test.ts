import { collection, fieldMerge, lastWriteWins, type ConflictAnswer } from '@holdfast/core'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { encodePortable } from '../../src/base/codec.ts'
import type { Patch } from '../../src/model/record.ts'
import { settledApart } from '../../src/oplog/resolve/settled-apart.ts'
import { openPair, type Pair } from '../support/pair.ts'

/** Both change the title, about which `tasks` asks, and later they change `done`, of which the last write wins. */
const openQuestion = async (): Promise<Pair> => {
  const pair = await openPair('tasks')
  await pair.theirs.client.collections.tasks.update('r', { done: true })
  await pair.meet()
  await pair.mine.client.collections.tasks.update('r', { title: 'mine', done: false, votes: 7 })
  pair.theirs.environment.advance(60_000)
  const { tasks } = pair.theirs.client.collections
  await tasks.update('r', { title: 'theirs', done: false })
  await tasks.update('r', { done: true })
  await pair.meet()
  return pair
}

const answers: readonly [name: string, answer: ConflictAnswer, title: string][] = [
  ['mine', 'mine', 'mine'],
  ['theirs', 'theirs', 'theirs'],
  ['a patch', { patch: { title: 'both' } }, 'both'],
]

test.each(answers)(
  '[CL124] %s leaves it to the strategy to settle what nobody was asked about',
  async (_name, answer, title) => {
    await using pair = await openQuestion()
    const { client } = pair.mine
    const { id, fields, operations } = await pair.conflict()
    expect(fields).toEqual(['title'])
    const receipt = await client.conflicts.resolve(id, answer)
    await pair.meet()
    await pair.meet()
    const wanted = { title, done: true, votes: 7 }
    expect(await client.collections.tasks.get('r')).toMatchObject(wanted)
    expect(await pair.theirs.client.collections.tasks.get('r')).toMatchObject(wanted)
    expect(await client.conflicts.list()).toEqual([])
    expect(await client.operations.get(operations[0] ?? '')).toMatchObject({ status: 'SUPERSEDED' })
    const history = await client.operations.list({ status: 'COMPLETED' })
    const lost = history.flatMap(({ fate }) => (fate.kind === 'applied' ? fate.lost : []))
    expect(lost).toEqual(['done'])
    expect(history.map((one) => one.id)).toContain(receipt?.operationId)
  },
)

test('[CL124] what a strategy would ask about is part of the answer', async () => {
  await using pair = await openPair('asked')
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
  await pair.mine.client.collections.asked.update('r', { title: 'mine', votes: 7 })
  await pair.meet()
  const receipt = await pair.mine.client.conflicts.resolve((await pair.conflict()).id, 'mine')
  const made = await pair.mine.client.operations.list({ status: 'PENDING' })
  expect(made.map((one) => [one.id, one.fields])).toEqual([[receipt?.operationId, ['title', 'votes']]])
})

describe('[CL124] an answer in two', () => {
  const definition = collection({
    fields: z
      .object({ id: z.string(), name: z.string(), from: z.number(), to: z.number() })
      .refine(({ from, to }) => from <= to),
    conflict: fieldMerge({ fields: { to: lastWriteWins() } }),
  })
  const base = {
    data: { id: 'r', name: 'old', from: 5, to: 5 },
    deleted: false,
    version: 2,
    seq: 2,
    updatedBy: 'they',
    updatedAt: 0,
  }
  const inTwo = (patch: Patch): readonly (readonly string[] | undefined)[] => {
    const fields = Object.keys(patch).sort()
    const change = { type: 'update', payload: encodePortable(patch), fields }
    const about = { disputed: ['name'], choice: 'mine' as const, recordId: 'r', base }
    const { settled, decided } = settledApart(definition, change, about)
    return [settled?.fields, decided?.fields]
  }

  test('is what the strategy settles, and what was decided', () => {
    expect(inTwo({ name: 'mine', from: 3, to: 6 })).toEqual([['to'], ['from', 'name']])
    expect(inTwo({ to: 6 })).toEqual([['to'], undefined])
    expect(inTwo({ name: 'mine' })).toEqual([undefined, ['name']])
  })

  test('but what only fits together stays together', () => {
    expect(inTwo({ name: 'mine', from: 3, to: 4 })).toEqual([undefined, ['from', 'name', 'to']])
  })
})
