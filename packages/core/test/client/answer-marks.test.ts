import { describe, expect, test } from 'vitest'
import { SyncError, type AnswerDraft, type HookTable, type Plugin } from '@holdfast/core'
import { failure } from '../support/failure.ts'
import { openPair, type Pair } from '../support/pair.ts'

/** Marks each write and each answer with the hour of it. */
const stamping = (hooks: readonly (keyof HookTable)[] = ['beforeEnqueue', 'beforeAnswer']) => {
  const state = { hour: 1, asked: [] as AnswerDraft[], refusing: false }
  const stamp = <TDraft extends AnswerDraft>(draft: TDraft): TDraft => ({
    ...draft,
    marks: { ...draft.marks, stamp: state.hour },
  })
  const plugin: Plugin = {
    name: 'stamp',
    hooks: {
      beforeEnqueue: stamp,
      ...(hooks.includes('beforeAnswer') && {
        beforeAnswer(draft) {
          state.asked.push(draft)
          if (state.refusing) throw new SyncError('LEASE_LOST', 'Not now.', {})
          return stamp(draft)
        },
      }),
    },
  }
  return { state, plugins: [plugin] }
}

const marksOf = async ({ mine }: Pair): Promise<readonly unknown[]> =>
  (await mine.client.operations.list())
    .filter(({ status }) => status === 'PENDING')
    .map(({ collection, recordId, marks }) => `${collection} ${recordId} ${marks}`)

const openDisputed = async (plugins: readonly Plugin[]): Promise<Pair> => {
  const pair = await openPair('asked', { plugins, ids: ['r', 's'] })
  await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
  await pair.mine.client.transaction(async ({ collections: { asked } }) => {
    await asked.update('r', { title: 'mine' })
    await asked.update('s', { title: 'mine' })
  })
  await pair.meet()
  return pair
}

describe('[CL115] the marks of an answer', () => {
  test('are those of the moment of the answer, for all that it makes again', async () => {
    const { state, plugins } = stamping()
    await using pair = await openDisputed(plugins)
    state.hour = 2
    await pair.mine.client.conflicts.resolve((await pair.conflict()).id, 'mine')
    expect(await marksOf(pair)).toEqual(['asked r {"stamp":2}', 'asked s {"stamp":2}'])
    // The answer itself has passed beforeEnqueue again; what is made again with it has not.
    const asked = [
      { recordId: 'r', marks: { stamp: 2 } },
      { recordId: 's', marks: { stamp: 1 } },
    ]
    expect(state.asked).toMatchObject(
      asked.map((one) => ({ scope: 'team-1', collection: 'asked', type: 'update', ...one })),
    )
    await pair.meet()
    expect(await pair.theirs.client.collections.asked.get('s')).toMatchObject({ title: 'old' })
    await pair.meet()
    expect(await pair.theirs.client.collections.asked.get('s')).toMatchObject({ title: 'mine' })
  })

  test('of what is made again with it stay what they were where no plugin asks for others', async () => {
    const { state, plugins } = stamping(['beforeEnqueue'])
    await using pair = await openDisputed(plugins)
    state.hour = 2
    await pair.mine.client.conflicts.resolve((await pair.conflict()).id, 'mine')
    expect(await marksOf(pair)).toEqual(['asked r {"stamp":2}', 'asked s {"stamp":1}'])
  })

  test('a plugin that throws refuses the answer: the question stays open, and can be answered later', async () => {
    const { state, plugins } = stamping()
    await using pair = await openDisputed(plugins)
    const { conflicts } = pair.mine.client
    const { id } = await pair.conflict()
    state.refusing = true
    await failure(conflicts.resolve(id, 'mine'), 'LEASE_LOST')
    expect(await conflicts.resolveMany([id], 'mine')).toMatchObject([{ error: { code: 'LEASE_LOST' } }])
    expect(await pair.conflict()).toMatchObject({ id, answered: false })
    expect(await pair.mine.client.collections.asked.get('s')).toMatchObject({ title: 'mine' })
    state.refusing = false
    await conflicts.resolve(id, 'mine')
    expect(await conflicts.list()).toEqual([])
  })

  test('an answer that makes no operation asks nobody', async () => {
    const { state, plugins } = stamping()
    await using pair = await openPair('asked', { plugins })
    await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
    await pair.mine.client.collections.asked.update('r', { title: 'mine' })
    await pair.meet()
    state.refusing = true
    await pair.mine.client.conflicts.resolve((await pair.conflict()).id, 'theirs')
    expect(state.asked).toEqual([])
    expect(await pair.mine.client.collections.asked.get('r')).toMatchObject({ title: 'theirs' })
  })
})
