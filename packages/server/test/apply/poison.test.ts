import { describe, expect, test } from 'vitest'
import { refusing } from '../support/refusing-store.ts'
import { create, createWorld, readRow } from '../support/world.ts'
import { stores, storeNames, useWorld, type TestStore } from '../support/stores.ts'

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[AP22] one operation that the database refuses waits, with its record’s later ones; 99 others are applied', async () => {
    const created = await stores[name]?.()
    if (created === undefined) throw new Error(name)
    const store = refusing(created.store, new Set(['a-op-42']))
    const world = createWorld(store)
    const a = world.client('a')
    const operations = Array.from({ length: 98 }, (_, index) => create(a, `r-${index + 1}`, { title: 'x' }))
    const later = a.operation({ recordId: 'r-42', value: { done: true } })
    const last = a.operation({ recordId: 'r-1', value: { done: true } })
    const answer = await a.push(...operations, later, last)
    const retried = answer.results.filter(({ kind }) => kind === 'retry')
    expect(answer.results.filter(({ kind }) => kind === 'applied')).toHaveLength(98)
    expect(retried).toMatchObject([
      { id: 'a-op-42', code: 'SERVER_FAILED' },
      { id: later.id, code: 'SERVER_FAILED' },
    ])
    expect(JSON.stringify(answer)).not.toContain('canary')
    expect(answer.decided.watermark).toBe(41)
    expect(answer.decided.above).toHaveLength(57)
    expect(answer.page.changes).toHaveLength(97)
    expect(answer.page.head).toBe(98)
    expect(store.failures()).toBeLessThan(10)
    await created.close()
  })

  test('[AP22] when nothing can be stored the whole request is refused, after one more try', async () => {
    let tries = 0
    const world = await start()
    const broken: TestStore = {
      ...world.store,
      write: async () => {
        tries += 1
        throw new Error('canary: disk full')
      },
    }
    const a = createWorld(broken).client('a')
    const operations = Array.from({ length: 50 }, (_, index) => create(a, `r-${index}`, { title: 'x' }))
    const output = await a.pushRaw(operations)
    expect(output).toMatchObject({
      kind: 'refused',
      code: 'SERVER_FAILED',
      details: { correlationId: expect.any(String) as unknown },
    })
    expect(JSON.stringify(output)).not.toContain('canary')
    expect(tries).toBe(2)
  })

  test('[AP22] a batch of nothing but bad operations ends after a bounded number of transactions', async () => {
    const world = await start()
    const ids = Array.from({ length: 200 }, (_, index) => `a-op-${index + 1}`)
    const store = refusing(world.store, new Set(ids))
    const a = createWorld(store).client('a')
    const answer = await a.push(...ids.map((id) => create(a, id, { title: 'x' })))
    expect(new Set(answer.results.map(({ kind }) => kind))).toEqual(new Set(['retry']))
    expect(store.failures()).toBeLessThanOrEqual(40)
    expect(await readRow(world.store, 'a-op-1')).toBeUndefined()
  })
})
