import { SyncError, type RecordData } from '@holdfast/core'
import { describe, expect, test } from 'vitest'
import { create, kinds, readRow, testEnvironment } from '../support/world.ts'
import { storeNames, useWorld } from '../support/stores.ts'

const idOf = (record: RecordData | undefined): string =>
  typeof record?.['id'] === 'string' ? record['id'] : ''

const newer = { opVersion: '9.0.0' }

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[AP10] an operation whose predecessors are missing waits, OUT_OF_ORDER, and is not decided', async () => {
    const a = (await start()).client('a')
    const [one, two, three, four] = ['r-1', 'r-2', 'r-3', 'r-4'].map((id) => create(a, id, { title: id }))
    if (one === undefined || two === undefined || three === undefined || four === undefined) throw new Error()
    const answer = await a.push(one, three, four)
    expect(answer.results).toMatchObject([
      { kind: 'applied' },
      { kind: 'retry', code: 'OUT_OF_ORDER' },
      { kind: 'retry', code: 'OUT_OF_ORDER' },
    ])
    expect(answer.decided).toEqual({ watermark: 1, above: [] })
    const complete = await a.push(two, three, four)
    expect(complete.results.map(({ kind }) => kind)).toEqual(['applied', 'applied', 'applied'])
    expect(complete.decided).toEqual({ watermark: 4, above: [] })
  })

  test('[AP11] operations are decided by clientSeq and answered in the order of the batch', async () => {
    const world = await start()
    const a = world.client('a')
    const first = create(a, 'r-1', { title: 'one' })
    const second = a.operation({ value: { title: 'two' }, baseVersion: 1 })
    const third = a.operation({ value: { title: 'three' }, baseVersion: 1 })
    const answer = await a.push(third, first, second)
    expect(answer.results).toEqual([
      { id: third.id, kind: 'applied', version: 3 },
      { id: first.id, kind: 'applied', version: 1 },
      { id: second.id, kind: 'applied', version: 2 },
    ])
    expect((await readRow(world.store, 'r-1'))?.data).toMatchObject({ title: 'three' })
  })

  test('[AP12] an operation that waits holds back its record’s later ones, and no stranger', async () => {
    const a = (await start()).client('a')
    await a.push(create(a, 'r-1', { title: 'one' }))
    const waits = a.operation({ ...newer, type: 'unheardOf' })
    const later = a.operation({ value: { done: true }, baseVersion: 1 })
    const stranger = create(a, 'r-2', { title: 'two' })
    const answer = await a.push(waits, later, stranger)
    expect(answer.results).toMatchObject([
      { kind: 'retry', code: 'SERVER_OLDER' },
      { kind: 'retry', code: 'SERVER_OLDER' },
      { kind: 'applied' },
    ])
    expect(answer.decided).toEqual({ watermark: 1, above: [4] })
    expect((await a.pull()).decided).toEqual({ watermark: 1, above: [4] })
  })

  test('[AP13] a number that waited counts as present when it is sent again, and as missing when not', async () => {
    let passing = false
    const a = (
      await start({
        authorize: ({ after }) => {
          if (!passing && after?.['title'] === 'later') throw new Error('not now')
          return true
        },
      })
    ).client('a')
    const waits = create(a, 'r-1', { title: 'later' })
    const two = create(a, 'r-2', { title: 'two' })
    const three = create(a, 'r-3', { title: 'three' })
    expect(kinds(await a.push(waits, two))).toEqual(['applied', 'retry SERVER_FAILED'])
    expect(kinds(await a.push(three))).toEqual(['retry OUT_OF_ORDER'])
    const again = await a.push(waits, three)
    expect(kinds(again)).toEqual(['applied', 'retry SERVER_FAILED'])
    expect(again.decided).toEqual({ watermark: 0, above: [2, 3] })
    passing = true
    const last = await a.push(waits)
    expect(last.decided).toEqual({ watermark: 3, above: [] })
  })

  test('[AP14] what builds on a rejected create is rejected DEPENDENCY with the create as its cause', async () => {
    const a = (await start()).client('a')
    const bad = create(a, 'r-1', { title: '' })
    const update = a.operation({ value: { title: 'x' } })
    const inBatch = await a.push(bad, update)
    expect(inBatch.results).toMatchObject([
      { kind: 'rejected', code: 'INVALID' },
      { kind: 'rejected', code: 'DEPENDENCY', cause: bad.id },
    ])
    const later = await a.push(a.operation({ type: 'delete' }))
    expect(later.results).toMatchObject([{ kind: 'rejected', code: 'DEPENDENCY', cause: bad.id }])
    const orphan = await a.push(a.operation({ recordId: 'never', value: { title: 'x' } }))
    expect(orphan.results[0]).not.toHaveProperty('cause')
    const retried = await a.push(
      create(a, 'r-1', { title: 'good' }),
      a.operation({ value: { title: 'better' } }),
    )
    expect(kinds(retried)).toEqual(['applied', 'applied'])
  })

  test('[AP15] a timestamp ahead of the server’s clock counts as at most a minute ahead', async () => {
    const environment = testEnvironment(1_000_000)
    const world = await start({ environment })
    const a = world.client('a')
    await a.push({ ...create(a, 'r-1', { title: 'one' }), timestamp: 9_999_999_999 })
    const row = await readRow(world.store, 'r-1')
    expect(row?.fieldVersions['title']).toMatchObject({ timestamp: 1_060_000 })
    expect(row?.updatedAt).toBe(1_000_000)
    await a.push({ ...create(a, 'r-2', { title: 'two' }), timestamp: 5 })
    expect((await readRow(world.store, 'r-2'))?.fieldVersions['title']).toMatchObject({ timestamp: 5 })
  })

  test('[AP16] each applied operation takes the next seq and raises the version; others take none', async () => {
    const world = await start()
    const a = world.client('a')
    const answer = await a.push(
      create(a, 'r-1', { title: 'one' }),
      a.operation({ value: { title: '' } }),
      a.operation({ value: { title: 'two' } }),
      create(a, 'r-2', { title: 'two' }),
    )
    expect(kinds(answer)).toEqual(['applied', 'applied', 'applied', 'rejected INVALID'])
    expect(answer.page.head).toBe(3)
    expect(answer.page.changes.map(({ id, seq, version }) => [id, seq, version])).toEqual([
      ['r-1', 2, 2],
      ['r-2', 3, 1],
    ])
  })

  test('[AP17] an operation sees the effect of an earlier one of its batch', async () => {
    const a = (await start()).client('a')
    const answer = await a.push(
      create(a, 'r-1', { title: 'one', note: 'n' }),
      a.operation({ type: 'forget' }),
      a.operation({ type: 'delete' }),
      a.operation({ value: { title: 'too late' }, baseVersion: 3 }),
    )
    expect(answer.results).toMatchObject([
      { kind: 'applied', version: 1 },
      { kind: 'applied', version: 2 },
      { kind: 'applied', version: 3 },
      { kind: 'rejected', code: 'DEPENDENCY' },
    ])
  })

  test('[AP18] a stored verdict holds codes, versions and field names, and no data', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b')]
    await a.push(create(a, 'r-1', { title: 'canary-1' }))
    await a.push(a.operation({ value: { title: 'canary-2' }, baseVersion: 1 }))
    const disputed = b.operation({ value: { title: 'canary-3' }, baseVersion: 1 })
    await b.push(disputed)
    const [row] = await world.store.read('team-1', (tx) => tx.operations([disputed.id]))
    expect(row?.verdict).toEqual({ kind: 'conflict', fields: ['title'] })
    expect(JSON.stringify(row)).not.toContain('canary')
  })

  test('[AP19] a passing failure of the app decides nothing; any other SyncError rejects with its code', async () => {
    const failures: Record<string, Error> = {
      'r-1': new SyncError('RATE_LIMITED', 'slower', {}),
      'r-2': new SyncError('AUTH_REQUIRED', 'again', {}),
      'r-3': new SyncError('TOO_LARGE', 'quota', { limit: 1, what: 'team' }),
      'r-4': new Error('secret of the database'),
    }
    const a = (
      await start({
        authorize({ after }) {
          const failure = failures[idOf(after)]
          if (failure !== undefined) throw failure
          return after?.['id'] !== 'r-5'
        },
      })
    ).client('a')
    const answer = await a.push(
      ...['r-1', 'r-2', 'r-3', 'r-4', 'r-5', 'r-6'].map((id) => create(a, id, { title: id })),
    )
    expect(
      answer.results.map((result) => ('code' in result ? `${result.kind} ${result.code}` : result.kind)),
    ).toEqual([
      'retry RATE_LIMITED',
      'retry AUTH_REQUIRED',
      'rejected TOO_LARGE',
      'retry SERVER_FAILED',
      'rejected FORBIDDEN_OR_MISSING',
      'applied',
    ])
    expect(JSON.stringify(answer)).not.toContain('secret')
  })

  test('[AP20] authorize is asked once for each operation that would be applied, with both rows, in the transaction', async () => {
    const asked: unknown[] = []
    const a = (
      await start({
        authorize({ ctx, action, collection, before, after, scope: at }) {
          asked.push([ctx.user.id, at, action, collection, before?.['title'], after?.['title']])
          return true
        },
      })
    ).client('a')
    const first = create(a, 'r-1', { title: 'one' })
    await a.push(
      first,
      a.operation({ value: { title: 'two' } }),
      a.operation({ value: { title: '' } }),
      a.operation({ type: 'forget' }),
      a.operation({ type: 'delete' }),
    )
    await a.push(first)
    expect(asked).toEqual([
      ['u-1', 'team-1', 'create', 'todos', undefined, 'one'],
      ['u-1', 'team-1', 'update', 'todos', 'one', 'two'],
      ['u-1', 'team-1', 'forget', 'todos', 'two', 'two'],
      ['u-1', 'team-1', 'delete', 'todos', 'two', undefined],
    ])
  })

  test('[AP21] an operation of an unknown collection is rejected, or waits when a newer schema wrote it', async () => {
    const a = (await start()).client('a')
    const answer = await a.push(
      a.operation({ collection: 'unknown', type: 'create' }),
      a.operation({ collection: 'constructor', type: 'create' }),
      a.operation({ collection: 'unknown', type: 'create', recordId: 'r-2', ...newer }),
    )
    expect(kinds(answer)).toEqual(['rejected INVALID', 'rejected INVALID', 'retry SERVER_OLDER'])
  })
})
