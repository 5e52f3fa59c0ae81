import { decodePortable } from '@holdfast/core/protocol'
import { describe, expect, test } from 'vitest'
import { answerOf, create, dataOf, type TestClient } from '../support/world.ts'
import { storeNames, useWorld } from '../support/stores.ts'

const createMany = (client: TestClient, count: number) =>
  Array.from({ length: count }, (_, index) => create(client, `r-${index}`, { title: `${index}` }))

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[FD1] a reader gets every record once, whatever the size of the page', async () => {
    const world = await start()
    const a = world.client('a')
    await a.push(...createMany(a, 23))
    for (const limit of [1, 2, 5, 7, 22, 23, 24, 1000]) {
      const reader = world.client(`reader-${limit}`, 'u-2')
      const changes = await reader.pullAll(limit)
      expect(changes.map(({ seq }) => seq)).toEqual(Array.from({ length: 23 }, (_, index) => index + 1))
      expect((await reader.pull()).changes).toEqual([])
    }
  })

  test('[FD2] a record is sent whole when it is new to the reader, and as changed fields when not', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b', 'u-2')]
    await a.push(create(a, 'r-1', { title: 'one', note: 'n' }))
    const whole = await b.pull()
    expect(whole.changes).toMatchObject([{ kind: 'record', version: 1 }])
    expect(dataOf(whole.changes[0])).toEqual({ id: 'r-1', title: 'one', note: 'n', done: false, votes: 0 })
    await a.push(a.operation({ value: { done: true }, baseVersion: 1 }), a.operation({ type: 'forget' }))
    const part = await b.pull()
    expect(part.changes).toMatchObject([{ kind: 'fields', version: 3, removed: ['note'] }])
    expect(dataOf(part.changes[0])).toEqual({ done: true })
  })

  test('[FD3] a deletion is sent as such, and a revived record whole again', async () => {
    const world = await start()
    const [a, b, late] = [world.client('a'), world.client('b'), world.client('late')]
    await a.push(create(a, 'r-1', { title: 'one' }))
    await b.pull()
    await a.push(a.operation({ type: 'delete', baseVersion: 1 }))
    expect((await b.pull()).changes).toMatchObject([{ kind: 'deleted', id: 'r-1', version: 2 }])
    expect((await late.pull()).changes).toMatchObject([{ kind: 'deleted' }])
    await a.push(create(a, 'r-1', { title: 'again' }))
    expect((await b.pull()).changes).toMatchObject([{ kind: 'record', version: 3 }])
  })

  test('[FD4] a record that changed while a reader pages is sent whole to whom it is new', async () => {
    const world = await start()
    const [a, reader] = [world.client('a'), world.client('reader')]
    await a.push(...createMany(a, 6))
    await a.push(a.operation({ recordId: 'r-0', value: { done: true }, baseVersion: 1 }))
    const first = await reader.pull({ limit: 3 })
    expect(first.changes.map(({ id }) => id)).toEqual(['r-1', 'r-2', 'r-3'])
    await a.push(a.operation({ recordId: 'r-1', value: { note: 'x' }, baseVersion: 1 }))
    const rest = await reader.pullAll(3)
    expect(rest.map(({ id, kind }) => [id, kind])).toEqual([
      ['r-4', 'record'],
      ['r-5', 'record'],
      ['r-0', 'record'],
      ['r-1', 'record'],
    ])
    expect(dataOf(rest[2])).toMatchObject({ title: '0', done: true })
    await a.push(a.operation({ recordId: 'r-1', value: { note: 'y' }, baseVersion: 2 }))
    expect(await reader.pullAll()).toMatchObject([{ id: 'r-1', kind: 'fields' }])
  })

  test('[FD5] a page is bounded in bytes, but never empty while there is more', async () => {
    const world = await start({ limits: { pageBytes: 1000 } })
    const [a, reader] = [world.client('a'), world.client('reader')]
    await a.push(...['r-1', 'r-2', 'r-3'].map((id) => create(a, id, { title: 'x'.repeat(3000) })))
    const page = await reader.pull()
    expect([page.changes.length, page.hasMore]).toEqual([1, true])
    expect(await reader.pullAll()).toHaveLength(2)
  })

  test('[FD6] a page is bounded by the server whatever the request says', async () => {
    const world = await start({ limits: { page: 4, maxPage: 6 } })
    const [a, reader] = [world.client('a'), world.client('reader')]
    const pushed = await a.push(...createMany(a, 10))
    expect([pushed.page.changes.length, pushed.page.hasMore]).toEqual([4, true])
    expect((await reader.pull()).changes).toHaveLength(4)
    expect((await reader.pull({ limit: 1000 })).changes).toHaveLength(6)
  })

  test('[FD7] a push answers with the first page after its cursor, its own changes included', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b')]
    await b.push(create(b, 'r-b', { title: 'of b' }))
    const answer = await a.push(create(a, 'r-a', { title: 'of a' }))
    expect(answer.page.changes.map(({ id }) => id)).toEqual(['r-b', 'r-a'])
    a.cursor = answer.page.cursor
    expect((await a.pull()).changes).toEqual([])
  })

  test('[FD7] a push may say how much of that it wants', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b')]
    for (let at = 0; at < 5; at += 1) await b.push(create(b, `r-${at}`, { title: 'of b' }))
    const answer = answerOf(await a.pushRaw([create(a, 'r-a', { title: 'of a' })], { limit: 2 }))
    expect(answer.page.changes.map(({ id }) => id)).toEqual(['r-0', 'r-1'])
    expect([answer.page.hasMore, answer.results.map(({ kind }) => kind)]).toEqual([true, ['applied']])
    expect((await a.pull()).changes).toHaveLength(6)
  })

  test(
    '[FD8] of 10,000 records one changes: the next pull carries that one',
    { timeout: 60_000 },
    async () => {
      const world = await start()
      const [a, reader] = [world.client('a'), world.client('reader')]
      for (let batch = 0; batch < 50; batch += 1) {
        const operations = Array.from({ length: 200 }, (_, index) =>
          create(a, `r-${batch * 200 + index}`, { title: 'x' }),
        )
        const answer = await a.push(...operations)
        a.cursor = answer.page.hasMore ? a.cursor : answer.page.cursor
      }
      expect(await reader.pullAll(1000)).toHaveLength(10_000)
      await a.push(a.operation({ recordId: 'r-4711', value: { done: true }, baseVersion: 1 }))
      const page = await reader.pull()
      expect(page.changes).toMatchObject([{ id: 'r-4711', kind: 'fields', seq: 10_001 }])
      expect(decodePortable(page.changes[0]?.kind === 'fields' ? page.changes[0].data : 'null')).toEqual({
        done: true,
      })
    },
  )

  test('[FD9] rows and decided numbers of one pull come from one snapshot, while a writer goes on', async () => {
    const world = await start()
    const [a, reader] = [world.client('a'), world.client('a')]
    const state = { writing: true }
    const writer = (async () => {
      for (let round = 1; round <= 40; round += 1) {
        await a.push(create(a, `r-${round}`, { title: `${round}` }))
      }
      state.writing = false
    })()
    const seen = new Set<string>()
    let pulls = 0
    while (state.writing) {
      const page = answerOf(await reader.pullRaw())
      reader.cursor = page.cursor
      for (const { id } of page.changes) seen.add(id)
      for (let decided = 1; decided <= page.decided.watermark; decided += 1)
        expect(seen).toContain(`r-${decided}`)
      expect(seen.size).toBe(page.decided.watermark)
      pulls += 1
    }
    await writer
    expect(pulls).toBeGreaterThan(2)
  })
})
