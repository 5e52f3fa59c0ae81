import { SyncError } from '@holdfast/core'
import { encodePortable, type Settled } from '@holdfast/core/protocol'
import type { ServerPlugin, ServerSide } from '@holdfast/server'
import { describe, expect, test } from 'vitest'
import { create, memoryWorld, readRow } from '../support/world.ts'
import { storeNames, useWorld } from '../support/stores.ts'

const plugin = (server: ServerSide, name = 'reaching'): readonly ServerPlugin[] => [{ name, server }]

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[PL8] beforeJudge refuses before the strategy is asked, and sees what earlier operations of the batch did', async () => {
    const seen: unknown[] = []
    const world = await start({
      plugins: plugin({
        async beforeJudge({ operation, before, records }) {
          seen.push(before?.['title'], (await records.get('notes', 'n-1'))?.['text'])
          if (operation.type === 'update') throw new SyncError('REFUSED', 'Not now.', { reason: 'closed' })
        },
      }),
    })
    const [a, b] = [world.client('a'), world.client('b')]
    await a.push(create(a, 'r-1', { title: 'one' }))
    const note = b.operation({
      collection: 'notes',
      recordId: 'n-1',
      type: 'create',
      value: { id: 'n-1', text: 'there' },
    })
    const stale = b.operation({ value: { title: 'overlaps' } })
    const { results } = await b.push(note, stale)
    expect(results).toMatchObject([{ kind: 'applied' }, { kind: 'rejected', reason: 'closed' }])
    expect(seen).toEqual([undefined, undefined, undefined, undefined, 'one', 'there'])
    expect((await b.push(stale)).results).toMatchObject([{ kind: 'duplicate' }])
    expect(seen).toHaveLength(6)
  })

  test('[PL9] what beforeApply writes comes behind its operation, for all, or not at all; nobody else is asked', async () => {
    const asked: string[] = []
    const world = await start({
      authorize: ({ collection }) => asked.push(collection) > 0,
      plugins: plugin({
        async beforeApply({ operation, records, before }) {
          const log = await records.get('notes', 'log')
          const text = `${JSON.stringify(log?.['text'] ?? '')} ${operation.recordId}`
          await records.put('notes', 'log', { id: 'log', text })
          if (before !== undefined) throw new SyncError('REFUSED', 'Once is enough.', { reason: 'once' })
        },
      }),
    })
    const a = world.client('a')
    const creates = [create(a, 'r-1', { title: 'one' }), create(a, 'r-2', { title: 'two' })]
    await a.push(...creates, a.operation({ value: { title: 'two' }, baseVersion: 1 }))
    expect(asked).toEqual(['todos', 'todos', 'todos'])
    const changes = await world.client('b').pullAll()
    expect(changes.map(({ id, seq }) => [id, seq])).toEqual([
      ['r-1', 1],
      ['r-2', 3],
      ['log', 4],
    ])
    expect((await readRow(world.store, 'log', 'notes'))?.data).toEqual({
      id: 'log',
      text: JSON.stringify('"" r-1') + ' r-2',
    })
  })

  test('[PL9] while a record moves to another scope records can only be read', async () => {
    const found: unknown[] = []
    const world = await start({
      plugins: plugin({
        async beforeApply({ operation, records, scope }) {
          if (operation.type !== 'move') return
          found.push([scope, (await records.get('notes', 'n-1'))?.['text']])
          if (operation.recordId === 'r-2') await records.put('notes', 'n-1', { id: 'n-1', text: 'changed' })
        },
      }),
    })
    const a = world.client('a')
    const move = (recordId: string) =>
      a.operation({
        recordId,
        type: 'move',
        payload: encodePortable({ to: 'team-2', patch: {} }),
        baseVersion: 1,
      })
    const note = { collection: 'notes', recordId: 'n-1', type: 'create', value: { id: 'n-1', text: 'here' } }
    await a.push(create(a, 'r-1', { title: 'one' }), create(a, 'r-2', { title: 'two' }), a.operation(note))
    expect((await a.push(move('r-1'))).results).toMatchObject([{ kind: 'applied' }])
    expect(found).toEqual([
      ['team-1', 'here'],
      ['team-2', undefined],
    ])
    expect((await a.push(move('r-2'))).results).toMatchObject([{ kind: 'retry', code: 'PLUGIN_FAILED' }])
    expect((await readRow(world.store, 'r-2'))?.deleted).toBe(false)
  })

  test('[PL10] beforeApply hears which values were dropped without asking, and of nothing else', async () => {
    const heard: (Settled | undefined)[] = []
    const world = await start({
      plugins: plugin({
        beforeApply: ({ settled }) => void heard.push(settled),
      }),
    })
    const [a, b] = [world.client('a'), world.client('b')]
    await a.push(create(a, 'r-1', { title: 'one', votes: 1 }))
    await a.push(a.operation({ value: { votes: 2 }, baseVersion: 1, timestamp: 1_750_000_000_009 }))
    const late = { baseVersion: 1, timestamp: 1_750_000_000_005 }
    await b.push(
      b.operation({ value: { votes: 3 }, ...late }),
      b.operation({ value: { note: 'disjoint' }, ...late }),
      b.operation({ value: { votes: 2 }, ...late }),
      b.operation({ value: { votes: 4 }, baseVersion: 1, timestamp: 1_750_000_000_010 }),
      b.operation({ type: 'delete', payload: encodePortable(null), baseVersion: 1 }),
    )
    const strategy = 'fieldMerge'
    const votes = { field: 'votes', remote: 2 }
    expect(heard).toMatchObject([
      undefined,
      undefined,
      { strategy, dropped: [{ ...votes, local: 3, kept: 'remote' }] },
      undefined,
      undefined,
      { strategy, dropped: [{ ...votes, local: 4, kept: 'local' }] },
      { strategy: 'deletes: editWins', dropped: [{ field: '$deleted', local: null, kept: 'remote' }] },
    ])
  })

  test('[PL12] marks come as they were sent, are fixed with the operation, and count for its hash', async () => {
    const heard: (string | undefined)[] = []
    const world = await start({
      plugins: plugin({ beforeApply: ({ operation }) => void heard.push(operation.marks) }),
    })
    const a = world.client('a')
    const marks = encodePortable({ reaching: 3 })
    const marked = { ...create(a, 'r-1', { title: 'one' }), marks }
    await a.push(marked, create(a, 'r-2', { title: 'two' }))
    expect(heard).toEqual([marks, undefined])
    expect((await a.push(marked)).results).toMatchObject([{ kind: 'duplicate' }])
    const other = { ...marked, marks: encodePortable({ reaching: 4 }) }
    expect((await a.push(other)).results).toMatchObject([{ kind: 'rejected', code: 'PAYLOAD_MISMATCH' }])
    const long = { ...create(a, 'r-3', { title: 'three' }), marks: 'x'.repeat(1025) }
    expect((await a.push(long)).results).toMatchObject([{ kind: 'rejected', code: 'INVALID' }])
  })

  test('[PL11] a plugin brings server halves of its own', async () => {
    const world = await start({
      plugins: plugin({ operations: { todos: { forget: ({ record }) => ({ ...record, note: 'kept' }) } } }),
    })
    const a = world.client('a')
    await a.push(create(a, 'r-1', { title: 'one', note: 'gone' }))
    const forget = a.operation({ type: 'forget', baseVersion: 1 })
    expect((await a.push(forget)).results).toMatchObject([{ kind: 'applied' }])
    expect((await readRow(world.store, 'r-1'))?.data).toMatchObject({ note: 'kept' })
  })
})

test('[PL11] two server halves for one operation, or one for an operation that is not there, are refused at the start', () => {
  const half = { operations: { todos: { forget: () => ({}) } } }
  expect(() => memoryWorld({ plugins: [...plugin(half), ...plugin(half, 'another')] })).toThrow(
    /two server halves/,
  )
  const unknown = { operations: { todos: { remember: () => ({}) } } }
  expect(() => memoryWorld({ plugins: plugin(unknown) })).toThrow(/no operation "remember"/)
})
