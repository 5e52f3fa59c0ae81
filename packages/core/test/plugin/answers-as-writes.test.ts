import { describe, expect, test } from 'vitest'
import {
  SyncError,
  createSyncClient,
  increment,
  type ConflictAnswer,
  type Draft,
  type Plugin,
} from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { failure } from '../support/failure.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { openPair, type Pair } from '../support/pair.ts'
import { localServer, scope } from '../support/transports.ts'
import { typedSchema } from '../support/typed.ts'

/** Does with each write what a test wants. */
const rewriting = () => {
  const state = { drafts: [] as Draft[], change: (draft: Draft): Draft => draft }
  const plugin: Plugin = {
    name: 'rewriting',
    hooks: {
      beforeEnqueue(draft) {
        state.drafts.push(draft)
        return state.change(draft)
      },
    },
  }
  return { state, plugins: [plugin] }
}

type Fields = Readonly<Record<string, unknown>>

const putting =
  (fields: Fields) =>
  (draft: Draft): Draft => ({ ...draft, payload: { ...(draft.payload as Fields), ...fields } })

const openDisputed = async (
  plugins: readonly Plugin[],
  name: 'asked' | 'mourned' = 'asked',
): Promise<Pair> => {
  const pair = await openPair(name, { plugins, ids: ['r', 's'] })
  await pair.theirs.client.collections[name].update('r', { title: 'theirs' })
  await pair.mine.client.transaction(async ({ collections }) => {
    await collections[name].update('r', { title: 'mine', done: true })
    await collections[name].update('s', { title: 'mine' })
  })
  await pair.meet()
  return pair
}

const onBoth = async (pair: Pair, id: string) => {
  await pair.meet()
  await pair.meet()
  const [mine, theirs] = [pair.mine, pair.theirs].map(({ client }) => client.collections.asked.get(id))
  expect(await mine).toEqual(await theirs)
  return mine
}

describe('[PG10] what carries an answer passes beforeEnqueue like any write', () => {
  const answers: readonly [answer: ConflictAnswer, payload: Fields, title: string][] = [
    ['mine', { title: 'mine', done: true }, 'mine'],
    ['theirs', { done: true }, 'theirs'],
    [{ patch: { title: 'both' } }, { title: 'both', done: true }, 'both'],
  ]
  test.each(answers)('%j: what hooks make of it is the answer', async (answer, payload, title) => {
    const { state, plugins } = rewriting()
    await using pair = await openDisputed(plugins)
    state.drafts.length = 0
    state.change = (draft) => ({ ...putting({ text: 'signed' })(draft), marks: { ...draft.marks, by: 'me' } })
    await pair.mine.client.conflicts.resolve((await pair.conflict()).id, answer)
    const place = { scope, collection: 'asked', recordId: 'r', type: 'update' }
    expect(state.drafts).toEqual([{ ...place, payload, marks: undefined }])
    const made = (await pair.mine.client.operations.list()).filter(({ status }) => status === 'PENDING')
    expect(made.map(({ recordId, fields, marks }) => [recordId, fields.includes('text'), marks])).toEqual([
      ['r', true, '{"by":"me"}'],
      ['s', false, undefined],
    ])
    expect(await pair.mine.client.collections.asked.get('r')).toMatchObject({ text: 'signed' })
    expect(await onBoth(pair, 'r')).toMatchObject({ title, text: 'signed', done: true })
    expect(await onBoth(pair, 's')).toMatchObject({ title: 'mine', text: 'old' })
  })

  test('a field that a hook leaves out is not answered with', async () => {
    const { state, plugins } = rewriting()
    await using pair = await openDisputed(plugins)
    state.change = (draft) => ({ ...draft, payload: { title: (draft.payload as Fields)['title'] } })
    await pair.mine.client.conflicts.resolve((await pair.conflict()).id, 'mine')
    expect(await onBoth(pair, 'r')).toMatchObject({ title: 'mine', done: false })
  })

  test('a deletion passes, too', async () => {
    const { state, plugins } = rewriting()
    await using pair = await openPair('mourned', { plugins })
    await pair.theirs.client.collections.mourned.update('r', { title: 'theirs' })
    await pair.mine.client.collections.mourned.delete('r')
    await pair.meet()
    await pair.mine.client.conflicts.resolve((await pair.conflict()).id, 'mine')
    expect(state.drafts.at(-1)).toMatchObject({ type: 'delete', payload: null })
    expect(await pair.mine.client.collections.mourned.get('r')).toBeUndefined()
  })

  test('so does a record that an answer brings back, whole', async () => {
    const { state, plugins } = rewriting()
    await using pair = await openPair('mourned', { plugins })
    await pair.theirs.client.collections.mourned.delete('r')
    await pair.mine.client.collections.mourned.update('r', { title: 'mine' })
    await pair.meet()
    state.change = putting({ text: 'signed' })
    await pair.mine.client.conflicts.resolve((await pair.conflict()).id, 'mine')
    expect(state.drafts.at(-1)).toMatchObject({ type: 'create', payload: { id: 'r', title: 'mine' } })
    await pair.meet()
    await pair.meet()
    const expected = { id: 'r', title: 'mine', text: 'signed' }
    expect(await pair.theirs.client.collections.mourned.get('r')).toMatchObject(expected)
  })
})

describe('[PG10] a hook', () => {
  test('that throws refuses the answer, and the question stays open', async () => {
    const { state, plugins } = rewriting()
    await using pair = await openDisputed(plugins)
    const { id } = await pair.conflict()
    state.change = () => {
      throw new SyncError('INVALID', 'Not today.', {})
    }
    await failure(pair.mine.client.conflicts.resolve(id, 'mine'), 'INVALID')
    expect(await pair.conflict()).toMatchObject({ id, answered: false })
  })

  const misfits: readonly Fields[] = [{ title: '' }, { nothing: 1 }, { id: 'other' }, { done: undefined }]
  test.each(misfits)('is checked: %j is INVALID', async (fields) => {
    const { state, plugins } = rewriting()
    await using pair = await openDisputed(plugins)
    const { id } = await pair.conflict()
    state.change = putting(fields)
    await failure(pair.mine.client.conflicts.resolve(id, 'mine'), 'INVALID')
    expect(await pair.conflict()).toMatchObject({ id })
  })

  test('that would drop the answer does not: it lives', async () => {
    const { state, plugins } = rewriting()
    await using pair = await openDisputed(plugins)
    state.change = (draft) => ({ ...draft, drop: true })
    await pair.mine.client.conflicts.resolve((await pair.conflict()).id, 'mine')
    expect(await onBoth(pair, 'r')).toMatchObject({ title: 'mine' })
  })

  test('is not asked where nothing is written', async () => {
    const { state, plugins } = rewriting()
    await using pair = await openPair('asked', { plugins })
    await pair.theirs.client.collections.asked.update('r', { title: 'theirs' })
    await pair.mine.client.collections.asked.update('r', { title: 'mine' })
    await pair.meet()
    state.drafts.length = 0
    await pair.mine.client.conflicts.resolve((await pair.conflict()).id, 'theirs')
    expect(state.drafts).toEqual([])
  })

  test('leaves deltas as they are, and is asked once', async () => {
    const { state, plugins } = rewriting()
    const server = localServer({ schema: typedSchema })
    const open = (user: string, given: readonly Plugin[]) =>
      createSyncClient({
        ...{ schema: typedSchema, user, storage: memoryStorage(), transport: server(user) },
        ...{ scopes: [scope], autoStart: false, environment: manualEnvironment(), plugins: given },
      })
    const [mine, theirs] = [await open('me', plugins), await open('they', [])]
    const meet = async (): Promise<void> => {
      for (const client of [theirs, mine, theirs]) {
        client.start()
        await client.syncNow()
        client.pause()
      }
    }
    await theirs.collections.things.create({ id: 'r', title: 'old' })
    await meet()
    await theirs.collections.things.update('r', { title: 'theirs' })
    await mine.collections.things.update('r', { title: 'mine', votes: increment(2), tags: ['one'] })
    await meet()
    state.drafts.length = 0
    state.change = putting({ title: 'signed' })
    const [conflict] = await mine.conflicts.list()
    await mine.conflicts.resolve(conflict?.id ?? '', 'mine')
    expect(state.drafts.map(({ payload }) => payload)).toEqual([{ title: 'mine' }])
    await meet()
    const expected = { title: 'signed', votes: 2, tags: ['one'] }
    expect(await theirs.collections.things.get('r')).toMatchObject(expected)
    await mine.close()
    await theirs.close()
  })
})
