import { encodePortable } from '@holdfast/core/protocol'
import { describe, expect, test } from 'vitest'
import { create, kinds, readRow } from '../support/world.ts'
import { storeNames, useWorld } from '../support/stores.ts'

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[AP1] a malformed operation is rejected INVALID for good; its strangers are applied', async () => {
    const a = (await start()).client('a')
    const bad = { ...a.operation({ recordId: 'r-2' }), baseVersion: 'seven' }
    const answer = await a.push(
      create(a, 'r-1', { title: 'one' }),
      bad as never,
      create(a, 'r-3', { title: 'x' }),
    )
    expect(kinds(answer)).toEqual(['applied', 'applied', 'rejected INVALID'])
    expect(answer.results[1]).toMatchObject({ id: bad.id, kind: 'rejected', code: 'INVALID' })
    expect(answer.decided).toEqual({ watermark: 3, above: [] })
    const again = await a.push(bad as never)
    expect(again.results).toMatchObject([
      { kind: 'duplicate', verdict: { kind: 'rejected', code: 'INVALID' } },
    ])
  })

  test('[AP2] an operation that can not even be named is rejected INVALID and takes no place', async () => {
    const a = (await start()).client('a')
    const good = create(a, 'r-1', { title: 'one' })
    const raw = [null, 'text', {}, { ...good, id: 'not an id!' }, { ...good, id: 'x', clientSeq: 0 }, good]
    const answer = await a.push(...(raw as never[]))
    expect(kinds(answer)).toEqual(['applied', ...Array<string>(5).fill('rejected INVALID')])
    expect(answer.results.map(({ id }) => id)).toEqual([...Array<string>(4).fill('unreadable'), 'x', good.id])
    expect(answer.decided).toEqual({ watermark: 1, above: [] })
  })

  test('[AP3] an operation whose payload is above the limit is rejected TOO_LARGE; its strangers are applied', async () => {
    const a = (await start()).client('a')
    const answer = await a.push(
      create(a, 'r-1', { title: 'x'.repeat(70_000) }),
      create(a, 'r-2', { title: 'x' }),
    )
    expect(kinds(answer)).toEqual(['applied', 'rejected TOO_LARGE'])
    expect(answer.decided.watermark).toBe(2)
    const lower = (await start({ limits: { payload: 300 } })).client('a')
    expect(kinds(await lower.push(create(lower, 'r-1', { title: 'x'.repeat(400) })))).toEqual([
      'rejected TOO_LARGE',
    ])
  })

  test('[AP4] a copy of a decided operation gets its verdict again and changes nothing', async () => {
    const world = await start()
    const a = world.client('a')
    const first = create(a, 'r-1', { title: 'one' })
    const vote = a.operation({ value: { votes: 5 }, baseVersion: 1 })
    await a.push(first, vote)
    const again = await a.push(first, vote)
    expect(again.results).toEqual([
      { id: first.id, kind: 'duplicate', verdict: { kind: 'applied', version: 1 } },
      { id: vote.id, kind: 'duplicate', verdict: { kind: 'applied', version: 2 } },
    ])
    expect(await readRow(world.store, 'r-1')).toMatchObject({ version: 2, seq: 2 })
  })

  test('[AP4] also twice in one batch', async () => {
    const a = (await start()).client('a')
    const first = create(a, 'r-1', { title: 'one' })
    const answer = await a.push(first, first)
    expect(answer.results.map(({ kind }) => kind)).toEqual(['applied', 'duplicate'])
  })

  test('[AP5] a decided operation that comes from the user’s next client is a duplicate there, and decided', async () => {
    const world = await start()
    const a = world.client('a')
    const first = create(a, 'r-1', { title: 'one' })
    await a.push(first)
    const b = world.client('b')
    const relabelled = { ...first, clientSeq: 1 }
    const next = create(b, 'r-2', { title: 'two' })
    const answer = await b.push({ ...relabelled, clientSeq: 1 }, { ...next, clientSeq: 2 })
    expect(answer.results.map(({ kind }) => kind)).toEqual(['duplicate', 'applied'])
    expect(answer.decided).toEqual({ watermark: 2, above: [] })
    const later = await b.push({ ...relabelled, clientSeq: 1 })
    expect(later.results).toMatchObject([{ kind: 'duplicate' }])
  })

  test('[AP6] the conflict of a copy is shown with the record as it is now', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b', 'u-2')]
    await a.push(create(a, 'r-1', { title: 'one' }))
    await a.push(a.operation({ value: { title: 'two' }, baseVersion: 1 }))
    const disputed = b.operation({ value: { title: 'mine' }, baseVersion: 1 })
    const answer = await b.push(disputed)
    expect(answer.results).toMatchObject([
      { kind: 'conflict', fields: ['title'], serverVersion: 2, updatedBy: 'u-1' },
    ])
    await a.push(a.operation({ value: { title: 'three' }, baseVersion: 2 }))
    const [again] = (await b.push(disputed)).results
    expect(again).toMatchObject({
      kind: 'duplicate',
      verdict: {
        kind: 'conflict',
        fields: ['title'],
        serverData: encodePortable({ id: 'r-1', title: 'three', done: false, votes: 0 }),
        serverVersion: 3,
        clientData: disputed.payload,
        updatedBy: 'u-1',
      },
    })
  })

  test('[AP6] nor is its own author named who wrote the field since', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b', 'u-2')]
    await a.push(create(a, 'r-1', { title: 'one' }))
    await a.push(a.operation({ value: { title: 'two' }, baseVersion: 1 }))
    const disputed = b.operation({ value: { title: 'mine' }, baseVersion: 1 })
    await b.push(disputed)
    await b.push(b.operation({ value: { title: 'three' }, baseVersion: 2 }))
    const { results } = await b.push(disputed)
    expect(results).toMatchObject([{ kind: 'duplicate', verdict: { serverVersion: 3, updatedBy: 'u-1' } }])
  })

  test('[AP7] another content under a known id is PAYLOAD_MISMATCH, and the stored verdict stays', async () => {
    const world = await start()
    const a = world.client('a')
    const first = create(a, 'r-1', { title: 'one' })
    await a.push(first)
    for (const change of [
      { payload: encodePortable({ id: 'r-1', title: 'x' }) },
      { type: 'delete' },
      { baseVersion: 9 },
    ]) {
      const answer = await a.push({ ...first, ...change })
      expect(answer.results).toMatchObject([{ id: first.id, kind: 'rejected', code: 'PAYLOAD_MISMATCH' }])
    }
    expect((await a.push(first)).results).toMatchObject([{ kind: 'duplicate', verdict: { kind: 'applied' } }])
    expect(await readRow(world.store, 'r-1')).toMatchObject({ version: 1 })
  })

  test('[AP7] and so is the same content from another user', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b', 'u-2')]
    const first = create(a, 'r-1', { title: 'one' })
    await a.push(first)
    const answer = await b.push({ ...first, clientSeq: 1 })
    expect(answer.results).toMatchObject([{ kind: 'rejected', code: 'PAYLOAD_MISMATCH' }])
    expect(answer.decided.watermark).toBe(1)
  })

  test('[AP8] another operation under a decided clientSeq refuses the whole request: CLIENT_FORKED', async () => {
    const world = await start()
    const a = world.client('a')
    await a.push(create(a, 'r-1', { title: 'one' }))
    const forked = { ...create(a, 'r-2', { title: 'two' }), clientSeq: 1, id: 'other' }
    const fresh = create(a, 'r-3', { title: 'three' })
    expect(await a.pushRaw([fresh, forked])).toMatchObject({ kind: 'refused', code: 'CLIENT_FORKED' })
    expect(await readRow(world.store, 'r-3')).toBeUndefined()
  })

  test('[AP8] also within one batch', async () => {
    const a = (await start()).client('a')
    const one = create(a, 'r-1', { title: 'one' })
    const other = { ...create(a, 'r-2', { title: 'two' }), clientSeq: one.clientSeq, id: 'other' }
    expect(await a.pushRaw([one, other])).toMatchObject({ kind: 'refused', code: 'CLIENT_FORKED' })
  })

  test('[AP9] a decided clientSeq whose verdict is gone is OUTCOME_UNKNOWN, and not applied by guess', async () => {
    const world = await start()
    const a = world.client('a')
    await world.store.write('team-1', (tx) =>
      tx.save({
        rows: [],
        operations: [],
        resends: [],
        client: { clientId: 'a', userId: 'u-1', instance: a.instance.acknowledged, watermark: 5 },
      }),
    )
    const old = create(a, 'r-1', { title: 'one' })
    const answer = await a.push(old, { ...create(a, 'r-2', { title: 'two' }), clientSeq: 6 })
    expect(answer.results).toMatchObject([
      { id: old.id, kind: 'rejected', code: 'OUTCOME_UNKNOWN' },
      { kind: 'applied' },
    ])
    expect(await readRow(world.store, 'r-1')).toBeUndefined()
  })
})
