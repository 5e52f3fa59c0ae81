import { SyncError } from '@holdfast/core'
import { protocolVersion, type PushAnswer, type Verdict, type WireOperation } from '@holdfast/core/protocol'
import { describe, expect, test } from 'vitest'
import { refusing } from '../support/refusing-store.ts'
import { stores, storeNames, useWorld } from '../support/stores.ts'
import { answerOf, create, createWorld, readRow, type TestClient } from '../support/world.ts'

/** Operations that belong together. */
const together = (id: string, ...operations: readonly WireOperation[]): readonly WireOperation[] =>
  operations.map((operation) => ({ ...operation, transaction: { id, size: operations.length } }))

/** The answers in the order of the batch, each with what tells it apart. */
const answers = ({ results }: PushAnswer): readonly string[] =>
  results.map((result) => {
    if (result.kind === 'duplicate') return `again ${told(result.verdict)}`
    return result.kind === 'retry' ? `retry ${result.code}` : told(result)
  })

const told = (verdict: Verdict): string => {
  switch (verdict.kind) {
    case 'rejected':
      return `rejected ${verdict.code}`
    case 'aborted':
      return `aborted ${verdict.reason} by ${verdict.cause}`
    case 'conflict':
      return `conflict ${verdict.fields.join()}`
    default:
      return verdict.kind
  }
}

/** Three records that another client changed after `a` saw them: the title of `r-2`. */
const disputed = async (a: TestClient, b: TestClient): Promise<void> => {
  await a.push(...['r-1', 'r-2', 'r-3'].map((id) => create(a, id, { title: 'old' })))
  await b.push(b.operation({ recordId: 'r-2', value: { title: 'theirs' }, baseVersion: 1 }))
}

const renameAll = (a: TestClient, title = 'mine'): readonly WireOperation[] =>
  together(
    `t-${a.nextSeq}`,
    ...['r-1', 'r-2', 'r-3'].map((recordId) => a.operation({ recordId, value: { title }, baseVersion: 1 })),
  )

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[AP26] a transaction without a dispute is applied whole, in one batch with strangers', async () => {
    const world = await start()
    const a = world.client('a')
    const answer = await a.push(
      create(a, 'r-0', { title: 'before' }),
      ...together('t', create(a, 'r-1', { title: 'one' }), a.operation({ value: { done: true } })),
      create(a, 'r-2', { title: 'after' }),
    )
    expect(answers(answer)).toEqual(['applied', 'applied', 'applied', 'applied'])
    expect(answer.page.head).toBe(4)
    expect(await readRow(world.store, 'r-1')).toMatchObject({ version: 2, seq: 3, data: { done: true } })
  })

  test('[AP26] one of three in conflict: that one is asked about, the others are aborted, nothing is applied', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b')]
    await disputed(a, b)
    const operations = renameAll(a)
    const [first, second, third] = operations
    const before = await a.pull()
    const answer = await a.push(...operations)
    expect(answer.results).toMatchObject([
      { kind: 'aborted', cause: second?.id, reason: 'conflict', id: first?.id },
      { kind: 'conflict', fields: ['title'], serverVersion: 2, id: second?.id },
      { kind: 'aborted', cause: second?.id, reason: 'conflict', id: third?.id },
    ])
    expect(answer.page).toMatchObject({ head: before.head, changes: [] })
    expect(answer.decided).toEqual({ watermark: 6, above: [] })
    for (const id of ['r-1', 'r-3'])
      expect((await readRow(world.store, id))?.data).toMatchObject({ title: 'old' })
    expect((await readRow(world.store, 'r-2'))?.data).toMatchObject({ title: 'theirs' })
  })

  test('[AP26] a conflict tells the record as it is, and not what the aborted ones would have made of it', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b')]
    await disputed(a, b)
    const { results } = await a.push(
      ...together(
        't',
        a.operation({ recordId: 'r-2', value: { done: true }, baseVersion: 1 }),
        a.operation({ recordId: 'r-2', value: { title: 'mine' }, baseVersion: 1 }),
      ),
    )
    expect(results.map(({ kind }) => kind)).toEqual(['aborted', 'conflict'])
    const conflict = results.find((result) => result.kind === 'conflict')
    expect(conflict).toMatchObject({ serverVersion: 2, fields: ['title'] })
    expect(conflict?.serverData).toContain('theirs')
    expect(conflict?.serverData).not.toContain('"done":true')
  })

  test('[AP26] two in conflict are both asked about', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b')]
    await disputed(a, b)
    await b.push(b.operation({ recordId: 'r-3', value: { title: 'theirs' }, baseVersion: 1 }))
    const operations = renameAll(a)
    expect(answers(await a.push(...operations))).toEqual([
      `aborted conflict by ${operations[1]?.id}`,
      'conflict title',
      'conflict title',
    ])
  })

  test('[AP26] one that is rejected ends all for good, also where another one is in conflict', async () => {
    const world = await start({ authorize: ({ after }) => after?.['title'] !== 'forbidden' })
    const [a, b] = [world.client('a'), world.client('b')]
    await disputed(a, b)
    const [first, second] = renameAll(a)
    if (first === undefined || second === undefined) throw new Error()
    const bad = create(a, 'r-4', { title: 'forbidden' })
    const operations = together(
      'u',
      first,
      second,
      { ...bad, clientSeq: 6 },
      create(a, 'r-5', { title: 'x' }),
    )
    const numbered = operations.map((operation, index) => ({ ...operation, clientSeq: 4 + index }))
    const cause = `aborted rejected by ${bad.id}`
    expect(answers(await a.push(...numbered))).toEqual([cause, cause, 'rejected FORBIDDEN_OR_MISSING', cause])
    expect((await a.pull()).head).toBe(4)
  })

  test('[AP26] its operations see each other: on one record too', async () => {
    const world = await start()
    const a = world.client('a')
    const operations = together(
      't',
      create(a, 'r-1', { title: 'one' }),
      a.operation({ value: { title: 'two' } }),
      a.operation({ type: 'delete' }),
      create(a, 'r-1', { title: 'three' }),
      create(a, 'r-2', { title: '' }),
    )
    expect(answers(await a.push(...operations))).toEqual([
      ...Array<string>(4).fill(`aborted rejected by ${operations[4]?.id}`),
      'rejected INVALID',
    ])
    expect(await readRow(world.store, 'r-1')).toBeUndefined()
    const good = together(
      'u',
      create(a, 'r-1', { title: 'one' }),
      a.operation({ value: { title: 'two' } }),
      a.operation({ type: 'delete' }),
      create(a, 'r-1', { title: 'three' }),
    )
    expect(answers(await a.push(...good))).toEqual(['applied', 'applied', 'applied', 'applied'])
    expect(await readRow(world.store, 'r-1')).toMatchObject({ version: 4, seq: 4, data: { title: 'three' } })
  })

  test('[AP26] copies get the same verdicts again, from another client of the user too', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b')]
    await disputed(a, b)
    const operations = renameAll(a)
    const again = answers(await a.push(...operations)).map((text) => `again ${text}`)
    expect(answers(await a.push(...operations))).toEqual(again)
    const c = world.client('c')
    const moved = operations.map((operation, index) => ({ ...operation, clientSeq: index + 1 }))
    const answer = await c.push(...moved)
    expect(answers(answer)).toEqual(again)
    expect(answer.decided.watermark).toBe(3)
    const told = await world.handlers.resume(
      { user: { id: 'u-1' } },
      { protocol: protocolVersion, clientId: 'a', scope: 'team-1', ids: operations.map(({ id }) => id) },
    )
    expect(answerOf(told).verdicts.map(({ verdict }) => verdict?.kind)).toEqual([
      'aborted',
      'conflict',
      'aborted',
    ])
  })

  test('[AP27] one that is not there whole is not decided, and its strangers are', async () => {
    const a = (await start()).client('a')
    const [one, two, three] = together(
      't',
      ...['r-1', 'r-2', 'r-3'].map((id) => create(a, id, { title: id })),
    )
    if (one === undefined || two === undefined || three === undefined) throw new Error()
    const stranger = create(a, 'r-4', { title: 'stranger' })
    expect(answers(await a.push(one, two))).toEqual(['retry OUT_OF_ORDER', 'retry OUT_OF_ORDER'])
    expect((await a.pull()).decided).toEqual({ watermark: 0, above: [] })
    expect(answers(await a.push(one, two, three, stranger))).toEqual([
      'applied',
      'applied',
      'applied',
      'applied',
    ])
  })

  test('[AP27] one of it that waits makes all wait, with later operations of all their records', async () => {
    let busy = true
    const a = (
      await start({
        authorize({ after }) {
          if (busy && after?.['title'] === 'waits') throw new SyncError('RATE_LIMITED', 'Slower.', {})
          return true
        },
      })
    ).client('a')
    await a.push(create(a, 'r-1', { title: 'old' }))
    const batch = [
      ...together(
        't',
        a.operation({ value: { done: true }, baseVersion: 1 }),
        create(a, 'r-2', { title: 'waits' }),
        create(a, 'r-3', { title: 'three' }),
      ),
      a.operation({ value: { votes: 1 }, baseVersion: 1 }),
      a.operation({ recordId: 'r-3', value: { votes: 1 } }),
      create(a, 'r-4', { title: 'stranger' }),
    ]
    const answer = await a.push(...batch)
    expect(answers(answer)).toEqual([...Array<string>(5).fill('retry RATE_LIMITED'), 'applied'])
    expect(answer.decided).toEqual({ watermark: 1, above: [7] })
    busy = false
    const done = await a.push(...batch)
    expect(answers(done)).toEqual([...Array<string>(5).fill('applied'), 'again applied'])
    expect(done.decided).toEqual({ watermark: 7, above: [] })
  })

  test('[AP27] it waits as a whole behind an earlier operation of one of its records', async () => {
    const a = (await start()).client('a')
    await a.push(create(a, 'r-1', { title: 'old' }))
    const answer = await a.push(
      a.operation({ opVersion: '9.0.0', type: 'unheardOf' }),
      ...together('t', create(a, 'r-2', { title: 'two' }), a.operation({ value: { done: true } })),
      a.operation({ recordId: 'r-2', value: { done: true } }),
      create(a, 'r-3', { title: 'stranger' }),
    )
    expect(answers(answer)).toEqual([...Array<string>(4).fill('retry SERVER_OLDER'), 'applied'])
  })

  test.each([
    ['malformed', { baseVersion: 'seven' }, 'INVALID'],
    ['too large', { payload: 'x'.repeat(70_000) }, 'TOO_LARGE'],
  ])('[AP27] one of it that is %s ends all for good', async (_what, broken, code) => {
    const world = await start()
    const a = world.client('a')
    const operations = together(
      't',
      create(a, 'r-1', { title: 'one' }),
      create(a, 'r-2', { title: 'two' }),
      create(a, 'r-3', { title: 'three' }),
    ).map((operation, index) => (index === 1 ? ({ ...operation, ...broken } as WireOperation) : operation))
    const cause = `aborted rejected by ${operations[1]?.id}`
    const answer = await a.push(...operations, create(a, 'r-4', { title: 'stranger' }))
    expect(answers(answer)).toEqual([cause, `rejected ${code}`, cause, 'applied'])
    expect(answer.decided.watermark).toBe(4)
    expect(answers(await a.push(...operations))).toEqual([
      `again ${cause}`,
      `again rejected ${code}`,
      `again ${cause}`,
    ])
  })

  test('[AP27] a failure of the database on one of it lets all of it wait, and never a part', async () => {
    const created = await stores[name]?.()
    if (created === undefined) throw new Error(name)
    const store = refusing(created.store, new Set(['a-op-51']))
    const a = createWorld(store).client('a')
    const alone = (from: number, to: number): readonly WireOperation[] =>
      Array.from({ length: to - from + 1 }, (_, index) => create(a, `r-${from + index}`, { title: 'x' }))
    // Halves of halves of 100 operations would cut between 50 and 51.
    const batch = [...alone(1, 48), ...together('t', ...alone(49, 53)), ...alone(54, 100)]
    const later = a.operation({ recordId: 'r-53', value: { done: true } })
    const answer = await a.push(...batch, later)
    expect(answers(answer)).toEqual([
      ...Array<string>(48).fill('applied'),
      ...Array<string>(5).fill('retry SERVER_FAILED'),
      ...Array<string>(47).fill('applied'),
      'retry SERVER_FAILED',
    ])
    expect(store.failures()).toBeLessThan(10)
    for (const id of ['r-49', 'r-50', 'r-51', 'r-52', 'r-53'])
      expect(await readRow(created.store, id)).toBeUndefined()
    expect(answer.decided.watermark).toBe(48)
    await created.close()
  })

  test('[AP27] of a whole batch that is one transaction nothing is tried in halves', async () => {
    const created = await stores[name]?.()
    if (created === undefined) throw new Error(name)
    const store = refusing(created.store, new Set(['a-op-7']))
    const a = createWorld(store).client('a')
    const all = together(
      't',
      ...Array.from({ length: 20 }, (_, index) => create(a, `r-${index}`, { title: 'x' })),
    )
    expect(new Set(answers(await a.push(...all)))).toEqual(new Set(['retry SERVER_FAILED']))
    expect(store.failures()).toBe(1)
    await created.close()
  })

  test('[AP30] numbers that push names count as present, and none else', async () => {
    let busy = true
    const a = (
      await start({
        authorize({ after }) {
          if (busy && after?.['title'] === 'waits') throw new Error('not now')
          return true
        },
      })
    ).client('a')
    const waits = create(a, 'r-1', { title: 'waits' })
    expect(answers(await a.push(waits, create(a, 'r-2', { title: 'two' })))).toEqual([
      'retry SERVER_FAILED',
      'applied',
    ])
    const three = create(a, 'r-3', { title: 'three' })
    const four = create(a, 'r-4', { title: 'four' })
    const named = answerOf(await a.pushRaw([three], { protocol: protocolVersion, waiting: [1] }))
    expect(answers(named)).toEqual(['applied'])
    expect(named.decided).toEqual({ watermark: 0, above: [2, 3] })
    const other = answerOf(await a.pushRaw([four], { protocol: protocolVersion, waiting: [5] }))
    expect(answers(other)).toEqual(['retry OUT_OF_ORDER'])
    busy = false
    const last = answerOf(await a.pushRaw([waits, four]))
    expect(last.decided).toEqual({ watermark: 4, above: [] })
  })

  test('[PR1] clients that speak the first protocol are served as before', async () => {
    const a = (await start()).client('a')
    const first = create(a, 'r-1', { title: 'one' })
    const answer = answerOf(await a.pushRaw([first], { protocol: 1 }))
    expect(answer.results).toEqual([{ id: first.id, kind: 'applied', version: 1 }])
    expect(answerOf(await a.pullRaw({ protocol: 1 })).changes).toHaveLength(1)
    expect(answerOf(await a.pushRaw([first], { protocol: protocolVersion })).results).toMatchObject([
      { kind: 'duplicate' },
    ])
    expect(await a.pushRaw([], { protocol: protocolVersion + 1 })).toMatchObject({ code: 'UPGRADE_REQUIRED' })
  })
})
