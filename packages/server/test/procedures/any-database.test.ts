import { describe, expect, test } from 'vitest'
import { storeNames, useWorld } from '../support/stores.ts'
import { create, kinds, readRow, scope } from '../support/world.ts'

/** What one database would take and another refuse or change: the answers are the same over every store. */
describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[DB8] a scope whose name has NUL or a lone surrogate is INVALID', async () => {
    const a = (await start({ scopes: () => ['a\0b', 'a\uD800', scope] })).client('a')
    for (const bad of ['a\0b', 'a\uD800', '\uDC00']) {
      const refusal = { kind: 'refused', code: 'INVALID', details: { path: 'scope' } }
      expect(await a.pullRaw({ scope: bad })).toMatchObject(refusal)
      expect(await a.pushRaw([], { scope: bad })).toMatchObject(refusal)
    }
  })

  test('[DB8] malformed operations with such texts are rejected for good, and hold nobody up', async () => {
    const world = await start()
    const a = world.client('a')
    const texts = ['a\0b', '\uD800', `${'x'.repeat(63)}🪸`]
    const malformed = texts.flatMap((text) => [
      a.operation({ type: text }),
      a.operation({ recordId: text }),
      a.operation({ collection: text }),
      a.operation({ payload: text }),
      a.operation({ opVersion: `${text}${'1'.repeat(64)}` }),
    ])
    const answer = await a.push(...malformed, create(a, 'r-1', { title: 'fine' }))
    expect(kinds(answer)).toEqual(['applied', ...malformed.map(() => 'rejected INVALID')])
    expect(kinds(await a.push(...malformed))).toEqual(malformed.map(() => 'duplicate'))
    expect(await readRow(world.store, 'r-1')).toMatchObject({ version: 1 })
  })

  test('[DB9] at most 10,000 numbers above the watermark are decided; then only the one that they wait for', async () => {
    const world = await start()
    const a = world.client('a')
    const bound = 10_000
    const resends = Array.from({ length: bound }, (_, index) => ({ clientSeq: index + 2, operationId: 'x' }))
    const client = { clientId: 'a', userId: 'u-1', instance: 'a-i0', watermark: 0 }
    await world.store.write(scope, (tx) => tx.save({ rows: [], operations: [], resends, client }))

    const waits = a.operation({ clientSeq: 1, collection: 'unheardOf', opVersion: '2.0.0' })
    const next = create(a, 'r-2', { title: 'two' })
    const later = a.operation({ ...next, id: 'later', clientSeq: bound + 2 })
    expect(kinds(await a.push(waits, later))).toEqual(['retry OUT_OF_ORDER', 'retry SERVER_OLDER'])
    expect((await a.pull()).decided.above).toHaveLength(bound)

    const first = create(a, 'r-1', { title: 'one' })
    const answer = await a.push({ ...first, clientSeq: 1 }, later)
    expect(kinds(answer)).toEqual(['applied', 'applied'])
    expect(answer.decided).toEqual({ watermark: bound + 2, above: [] })
  })
})
