import { collection, lastWriteWins, optimisticVersion, type Operation } from '@holdfast/core'
import { maxPayload } from '@holdfast/core/protocol'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { changes, created, deleted, foldsOf, made, named, payloadOf, short, update } from './operations.ts'
import { subjects } from './world.ts'

const [one, two, other] = [update({ title: 'one' }), update({ title: 'two' }), update({ text: 'other' })]

describe('[CP2] what folds', () => {
  test.each(subjects)('updates of the same fields: %s', (subject) => {
    const folds = foldsOf(subject, made(one, two, one))
    expect(short(folds)).toEqual(['o1+o2>o3 update'])
    expect(payloadOf(folds[0])).toEqual({ title: 'one' })
  })

  test('also where updates of other fields lie between', () => {
    expect(short(foldsOf('manual', made(one, other, two, other)))).toEqual(['o1>o3 update', 'o2>o4 update'])
    const both = update({ title: 'both', text: 'both' })
    expect(foldsOf('manual', made(one, both, two))).toEqual([])
  })

  test('a creation and the updates behind it, where the server has never had the record', () => {
    const operations = made(created({ id: 'r', title: 'new' }), one, other)
    const folds = foldsOf('manual', operations, { isPrivate: true })
    expect(short(folds)).toEqual(['o1+o2>o3 create'])
    expect(payloadOf(folds[0])).toEqual({
      ...{ id: 'r', title: 'one', text: 'other' },
      $ages: { id: 20, title: 10 },
    })
    expect(foldsOf('manual', operations)).toEqual([])
  })

  test('a creation and a deletion, into nothing', () => {
    const operations = made(created({ id: 'r', title: 'new' }), one, named('shout', {}, ['title']), deleted)
    expect(short(foldsOf('manual', operations, { isPrivate: true }))).toEqual(['o1+o2+o3+o4>nothing'])
    expect(foldsOf('manual', operations).some(({ kind }) => kind === 'nothing')).toBe(false)
    const twice = [created({ id: 'r' }), deleted, created({ id: 'r' }), deleted]
    expect(short(foldsOf('manual', made(...twice), { isPrivate: true }))).toEqual(['o1+o2+o3+o4>nothing'])
  })

  test('deltas, as their types say', () => {
    const votes = (amount: number) => changes({ votes: amount })
    const folds = foldsOf('typed', made(votes(2), votes(3), votes(-1)))
    expect(short(folds)).toEqual(['o1+o2>o3 update'])
    expect(payloadOf(folds[0])).toEqual({ $deltas: { votes: 4 } })
    const settings = (set: Readonly<Record<string, string>>) => changes({ settings: { set, remove: [] } })
    expect(short(foldsOf('typed', made(settings({ a: '1' }), settings({ a: '2' }))))).toEqual([
      'o1>o2 update',
    ])
    expect(foldsOf('typed', made(settings({ a: '1' }), settings({ b: '2' })))).toEqual([])
  })

  test('deltas that together would be too much stay two', () => {
    const most = Number.MAX_SAFE_INTEGER
    expect(foldsOf('typed', made(changes({ votes: most }), changes({ votes: most })))).toEqual([])
  })

  test('named operations of one kind, where the app says how, and where it is judged by its order and not by its time', () => {
    const words = made(named('append', { word: 'a' }), named('append', { word: 'b' }))
    const folds = foldsOf('retry', words)
    expect(short(folds)).toEqual(['o1>o2 append'])
    expect(payloadOf(folds[0])).toEqual({ word: 'ab' })
    expect(foldsOf('lastWriteWins', words)).toEqual([])
    expect(foldsOf('retry', made(named('shout', {}), named('shout', {})))).toEqual([])
    const between = [named('append', { word: 'a' }), one, named('append', { word: 'b' })]
    expect(foldsOf('retry', made(...between))).toEqual([])
  })

  test('and named operations that can not be one stay two', () => {
    const definition = collection({
      fields: z.object({ id: z.string(), total: z.number() }),
      conflict: optimisticVersion({ onConflict: 'retry' }),
      operations: {
        give: {
          input: z.object({ to: z.string(), amount: z.number() }),
          apply: (record, { amount }) => ({ ...record, total: record.total + amount }),
          compose: (first, second) =>
            first.to === second.to ? { ...second, amount: first.amount + second.amount } : undefined,
        },
      },
    })
    const give = (to: string, amount: number) => named('give', { to, amount }, ['total'])
    const folds = foldsOf('retry', made(give('a', 1), give('a', 2), give('b', 4), give('b', 8)), {
      definition,
    })
    expect(short(folds)).toEqual(['o1>o2 give', 'o3>o4 give'])
    expect(folds.map(payloadOf)).toEqual([
      { to: 'a', amount: 3 },
      { to: 'b', amount: 12 },
    ])
  })
})

test('[CP2] what can not go into its creation stays behind it, and so does what follows', () => {
  const settings = (key: string) => changes({ settings: { set: { [key]: '1' }, remove: [] } })
  const operations = made(created({ id: 'r' }), settings('a'), settings('b'), one, other)
  expect(short(foldsOf('typed', operations, { isPrivate: true }))).toEqual(['o1>o2 create', 'o4>o5 put'])
})

describe('[CP3] what is left of updates goes as one put', () => {
  test('of fields that are settled one by one and without a person', () => {
    const folds = foldsOf('lastWriteWins', made(one, other, two, update({ done: true })))
    expect(short(folds)).toEqual(['o1+o2+o3>o4 put'])
    expect(payloadOf(folds[0])).toEqual({
      ...{ title: 'two', text: 'other', done: true },
      $ages: { title: 10, text: 20 },
    })
    for (const subject of ['manual', 'fieldMerge'] as const)
      expect(foldsOf(subject, made(one, other))).toEqual([])
    const quiet = made(update({ done: true }), one, update({ note: 'x' }))
    expect(short(foldsOf('fieldMerge', quiet))).toEqual(['o1>o3 put'])
  })

  test('from so many on as the app says', () => {
    const operations = made(one, other, two, update({ done: true }))
    expect(short(foldsOf('lastWriteWins', operations, { putAfter: 3 }))).toEqual(['o1+o2+o3>o4 put'])
    expect(short(foldsOf('lastWriteWins', operations, { putAfter: 4 }))).toEqual(['o1>o3 update'])
  })

  test('not where something stays that it would overtake', () => {
    const shout = named('shout', {}, ['title'])
    expect(foldsOf('lastWriteWins', made(one, shout, other))).toEqual([])
    const mixed = made(update({ done: true, title: 'both' }), update({ done: false }), update({ note: 'x' }))
    expect(foldsOf('fieldMerge', mixed)).toEqual([])
  })

  test('what is judged as one record is one update', () => {
    const folds = foldsOf('optimisticVersion', made(one, other, two))
    expect(short(folds)).toEqual(['o1+o2>o3 update'])
    expect(payloadOf(folds[0])).toEqual({ title: 'two', text: 'other' })
  })

  test('but what typed fields alone change neither waits with it nor is made younger by it', () => {
    const settings = changes({ settings: { set: { a: '1' }, remove: [] } })
    const again = changes({ settings: { set: { a: '2' }, remove: [] } })
    const votes = changes({ votes: 1 })
    expect(short(foldsOf('typedAsOne', made(votes, one, settings)))).toEqual(['o1>o3 update'])
    expect(foldsOf('typedAsOne', made(votes, one))).toEqual([])
    expect(foldsOf('typedAsOne', made(settings, votes))).toEqual([])
    expect(short(foldsOf('typedAsOne', made(settings, again, one)))).toEqual(['o1>o2 update'])
  })

  test('of typed fields those that ignore time', () => {
    const votes = changes({ votes: 1 })
    const settings = changes({ settings: { set: { a: '1' }, remove: [] } })
    const folds = foldsOf('typed', made(votes, one, settings, other))
    expect(short(folds)).toEqual(['o1+o2>o4 put'])
    expect(payloadOf(folds[0])).toEqual({
      title: 'one',
      text: 'other',
      $deltas: { votes: 1 },
      $ages: { title: 20 },
    })
  })

  test('and a put is folded further', () => {
    const operations = made(one, other, update({ done: true }))
    const [fold] = foldsOf('lastWriteWins', operations.slice(0, 2))
    if (fold?.kind !== 'into') throw new Error('Nothing was folded.')
    const [, survivor, last] = operations
    if (survivor === undefined || last === undefined) throw new Error('There are three.')
    const put: Operation = { ...survivor, type: 'put', payload: fold.payload, fields: ['text', 'title'] }
    const folds = foldsOf('lastWriteWins', [put, last])
    expect(short(folds)).toEqual(['o2>o3 put'])
    expect(payloadOf(folds[0])).toMatchObject({ $ages: { title: 20, text: 10 } })
  })
})

describe('[CP6] nothing is folded across a boundary', () => {
  const boundaries: readonly (readonly [string, Partial<Operation>])[] = [
    ['another version', { baseVersion: 2 }],
    ['another schema', { opVersion: '2.0.0' }],
    ['another clock', { uncorrected: true }],
    ['marks', { marks: '{"lease":3}' }],
    ['a transaction', { transaction: { id: 't', index: 0, size: 2 } as never }],
    ['taken back', { cancel: true }],
    ['a move', { type: 'move', fields: ['$moved'] }],
  ]
  test('a creation: what came before it was written to another record', () => {
    const again = created({ id: 'r', title: 'again', note: 'again' })
    for (const isPrivate of [false, true])
      for (const subject of subjects) expect(foldsOf(subject, made(one, again), { isPrivate })).toEqual([])
    expect(foldsOf('lastWriteWins', made(update({ note: 'before' }), again, two))).toEqual([])
    const around = made(one, two, again, one, other)
    expect(short(foldsOf('lastWriteWins', around))).toEqual(['o1>o2 update', 'o4>o5 put'])
    const known = foldsOf('lastWriteWins', around, { isPrivate: true })
    expect(short(known)).toEqual(['o1>o2 update', 'o3+o4>o5 create'])
  })

  test.each(boundaries)('%s', (_, changes) => {
    for (const subject of subjects) {
      expect(foldsOf(subject, made(one, update({ title: 'x' }, changes), two))).toEqual([])
      const around = made(one, two, update({ title: 'x' }, changes), one, two)
      expect(short(foldsOf(subject, around))).toEqual(['o1>o2 update', 'o4>o5 update'])
    }
  })

  test('a deletion, which the edits before it may win over', () => {
    expect(short(foldsOf('lastWriteWins', made(one, two, deleted)))).toEqual(['o1>o2 update'])
  })

  test.each(boundaries.filter(([name]) => name === 'a transaction' || name === 'taken back'))(
    'a record that has this is not folded away: %s',
    (_, changes) => {
      const operations = made(created({ id: 'r' }), update({ title: 'x' }, changes), deleted)
      expect(foldsOf('manual', operations, { isPrivate: true })).toEqual([])
    },
  )

  test('what another plugin folded already', () => {
    const operations = made(one, two, one, two)
    const folds = [{ kind: 'into', survivor: 'o2', merged: ['o1'], type: 'update', payload: '{}' }] as const
    expect(short(foldsOf('manual', operations, { folds }))).toEqual(['o3>o4 update'])
  })
})

describe('[CP6] no operation carries more than any other may', () => {
  const long = (letters: number) => 'x'.repeat(Math.floor(maxPayload * letters))

  test('a put', () => {
    const operations = made(
      update({ title: long(0.6) }),
      update({ text: long(0.6) }),
      update({ title: 'short' }),
    )
    expect(short(foldsOf('lastWriteWins', operations))).toEqual(['o1+o2>o3 put'])
    const large = made(update({ title: long(0.6) }), update({ text: long(0.6) }))
    expect(foldsOf('lastWriteWins', large)).toEqual([])
  })

  test('a creation: what does not fit goes behind it', () => {
    const operations = made(created({ id: 'r', title: long(0.6) }), update({ text: long(0.6) }), two, other)
    const folds = foldsOf('lastWriteWins', operations, { isPrivate: true })
    expect(short(folds)).toEqual(['o2+o3>o4 put'])
  })

  test('named operations', () => {
    const words = made(...[0.6, 0.6, 0.3].map((share) => named('append', { word: long(share) })))
    expect(short(foldsOf('retry', words))).toEqual(['o2>o3 append'])
    // The schema says how long a word may be: one that is made of two may be no longer.
    const marks = made(...[40, 40, 20].map((length) => named('mark', { word: 'x'.repeat(length * 500) })))
    expect(short(foldsOf('retry', marks))).toEqual(['o2>o3 mark'])
  })
})

test("[CP3] a strategy of somebody's own says by itself whether it settles fields one by one", () => {
  const fields = z.object({ id: z.string(), title: z.string(), text: z.string() })
  const { resolve } = lastWriteWins()
  const whole = collection({ fields, conflict: { name: 'own', resolve } })
  expect(foldsOf('lastWriteWins', made(one, other), { definition: whole })).toEqual([])
  const apart = collection({ fields, conflict: { name: 'own', resolve, perField: true } })
  expect(short(foldsOf('lastWriteWins', made(one, other), { definition: apart }))).toEqual(['o1>o2 put'])
  const asks = (field: string): boolean => field === 'title'
  const partly = collection({ fields, conflict: { name: 'own', resolve, perField: true, asks } })
  expect(foldsOf('lastWriteWins', made(one, other), { definition: partly })).toEqual([])
})
