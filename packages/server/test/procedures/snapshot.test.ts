import { decodePortable, type SnapshotAnswer } from '@holdfast/core/protocol'
import { copyMemoryServerState, createMemoryServerState, memoryServerStore } from '@holdfast/server/testing'
import { describe, expect, test } from 'vitest'
import { create, createWorld, memoryWorld, secret, type TestClient } from '../support/world.ts'
import { storeNames, useWorld } from '../support/stores.ts'

const createMany = (client: TestClient, count: number) =>
  Array.from({ length: count }, (_, index) => create(client, `r-${index}`, { title: `${index}` }))

const idsOf = ({ rows }: SnapshotAnswer): readonly string[] => rows.map(({ id }) => id)

/** All pages from here on; `between` runs after each. */
const readAll = async (
  reader: TestClient,
  limit: number,
  between: (page: number) => Promise<unknown> = async () => undefined,
): Promise<readonly SnapshotAnswer[]> => {
  const pages: SnapshotAnswer[] = []
  let pageToken: string | undefined
  do {
    const page = await reader.snapshot({ limit, ...(pageToken === undefined ? {} : { pageToken }) })
    pages.push(page)
    pageToken = page.pageToken
    await between(pages.length)
  } while (pageToken !== undefined)
  return pages
}

/** What a device has after a snapshot and the pulls from its cursor: later answers take the place of earlier ones. */
const stateOf = async (
  reader: TestClient,
  pages: readonly SnapshotAnswer[],
): Promise<ReadonlyMap<string, object>> => {
  const state = new Map<string, object>()
  for (const { rows } of pages) for (const { id, data } of rows) state.set(id, decodePortable(data) as object)
  reader.cursor = pages[0]?.cursor ?? ''
  for (const change of await reader.pullAll(3)) {
    if (change.kind === 'deleted') state.delete(change.id)
    else if (change.kind === 'record') state.set(change.id, decodePortable(change.data) as object)
    else {
      const known = state.get(change.id)
      if (known === undefined) throw new Error(`Fields of the unknown record ${change.id}.`)
      state.set(change.id, { ...known, ...(decodePortable(change.data) as object) })
    }
  }
  return state
}

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[SN1] every living record comes once, whatever the size of the page, and no tombstone', async () => {
    const world = await start()
    const a = world.client('a')
    await a.push(...createMany(a, 23))
    await a.push(a.operation({ recordId: 'r-7', type: 'delete', baseVersion: 1 }))
    const wanted = Array.from({ length: 23 }, (_, index) => `r-${index}`).filter((id) => id !== 'r-7')
    for (const limit of [1, 2, 5, 22, 23, 1000]) {
      const pages = await readAll(world.client(`reader-${limit}`, 'u-2'), limit)
      expect(pages.flatMap(idsOf).toSorted()).toEqual(wanted.toSorted())
      for (const page of pages.slice(0, -1)) expect(page.rows.length).toBe(limit)
    }
  })

  test('[SN2] [P06] with the pulls from its cursor it is the state of the server, whatever happens while it pages', async () => {
    const world = await start()
    const [a, reader] = [world.client('a'), world.client('reader', 'u-2')]
    await a.push(...createMany(a, 12))
    const change = async (page: number) => {
      const [first, last] = [`r-${page}`, `r-${11 - page}`]
      await a.push(
        a.operation({ recordId: first, value: { note: `after page ${page}` }, baseVersion: 1 }),
        a.operation({ recordId: last, type: 'delete', baseVersion: 1 }),
        create(a, `before-${page}`, { title: 'new' }),
        create(a, `z-${page}`, { title: 'new' }),
      )
      if (page === 2) await a.push(create(a, 'r-10', { title: 'again' }))
    }
    const pages = await readAll(reader, 4, change)
    expect(pages.length).toBeGreaterThan(3)
    const pulled = []
    for (const { cursor } of pages) pulled.push((await reader.pull({ cursor })).changes)
    for (const changes of pulled) expect(changes).toEqual(pulled[0])
    const fresh = world.client('fresh', 'u-2')
    const truth = await stateOf(fresh, await readAll(fresh, 1000))
    expect(await stateOf(reader, pages)).toEqual(truth)
    expect(truth.get('r-10')).toMatchObject({ title: 'again' })
  })

  test('[SN3] a page is bounded by the server in rows and bytes, and never empty while there is more', async () => {
    const world = await start({ limits: { page: 4, maxPage: 6, pageBytes: 7000 } })
    const [a, reader] = [world.client('a'), world.client('reader')]
    await a.push(...createMany(a, 10))
    expect((await reader.snapshot()).rows).toHaveLength(4)
    expect((await reader.snapshot({ limit: 1000 })).rows).toHaveLength(6)
    await a.push(...['a', 'b', 'c'].map((id) => create(a, id, { title: 'x'.repeat(5000) })))
    const pages = await readAll(reader, 6)
    expect(pages.slice(0, 2).map(idsOf)).toEqual([['a'], ['b']])
    expect(pages.flatMap(idsOf)).toHaveLength(13)
  })

  test('[SN7] each page tells how many records there were when the first was read', async () => {
    const world = await start()
    const [a, reader] = [world.client('a'), world.client('reader', 'u-2')]
    await a.push(...createMany(a, 7))
    await a.push(a.operation({ recordId: 'r-3', type: 'delete', baseVersion: 1 }))
    const pages = await readAll(reader, 2, (page) => a.push(create(a, `z-${page}`, { title: 'new' })))
    expect(pages.length).toBeGreaterThan(3)
    expect(new Set(pages.map(({ total }) => total))).toEqual(new Set([6]))
    const whole = await reader.snapshot({ limit: 1000 })
    expect([whole.pageToken, whole.total]).toEqual([undefined, whole.rows.length])
  })

  test('[SN4] an empty scope is one empty page', async () => {
    const world = await start()
    const page = await world.client('reader').snapshot()
    expect(page).toMatchObject({ rows: [], head: 0 })
    expect(page.pageToken).toBeUndefined()
    const reader = world.client('reader')
    reader.cursor = page.cursor
    expect((await reader.pull()).changes).toEqual([])
  })
})

test('[SN5] a page token is bound to its user, its scope and its purpose, and can not be forged', async () => {
  const world = memoryWorld()
  const a = world.client('a')
  await a.push(...createMany(a, 5))
  const { pageToken = '', cursor } = await a.snapshot({ limit: 2 })
  const refused = (code: string) => ({ kind: 'refused', code })
  expect(await world.client('b', 'u-2').snapshotRaw({ pageToken })).toMatchObject(
    refused('FORBIDDEN_OR_MISSING'),
  )
  expect(await a.snapshotRaw({ pageToken, scope: 'team-2' })).toMatchObject(refused('FORBIDDEN_OR_MISSING'))
  expect(await a.snapshotRaw({ pageToken: cursor })).toMatchObject(refused('FORBIDDEN_OR_MISSING'))
  expect(await a.pullRaw({ cursor: pageToken })).toMatchObject(refused('FORBIDDEN_OR_MISSING'))
  // Not at its end: the last character has bits that count for nothing.
  const forged = pageToken.replace(/\.[^.](?=[^.]*$)/, (start) => (start === '.A' ? '.B' : '.A'))
  expect(await a.snapshotRaw({ pageToken: forged })).toMatchObject(refused('INVALID'))
  expect(Buffer.from(pageToken.split('.')[1] ?? '', 'base64url').toString()).not.toMatch(/u-1|team-1/)
  expect((await a.snapshot({ pageToken, limit: 2 })).rows).toHaveLength(2)
})

test('[SN6] a loss of what a later page told of is noticed, on the next page and by the last cursor', async () => {
  const state = createMemoryServerState()
  const world = createWorld(memoryServerStore({ state }))
  const a = world.client('a')
  await a.push(...createMany(a, 4))
  const first = await a.snapshot({ limit: 2 })
  const backup = copyMemoryServerState(state)
  await a.push(create(a, 'z', { title: 'lost' }))
  const second = await a.snapshot({ limit: 2, pageToken: first.pageToken ?? '' })
  const last = await a.snapshot({ limit: 2, pageToken: second.pageToken ?? '' })
  expect(last.rows.map(({ id }) => id)).toEqual(['z'])
  const restored = createWorld(memoryServerStore({ state: backup })).client('a')
  const refused = { code: 'RESET_REQUIRED', details: { reason: 'epoch_changed' } }
  expect(await restored.snapshotRaw({ pageToken: second.pageToken ?? '' })).toMatchObject(refused)
  expect(await restored.pullRaw({ cursor: last.cursor })).toMatchObject(refused)
  expect(await restored.pullRaw({ cursor: first.cursor })).toMatchObject({ kind: 'answer' })
})

test('[SN6] a server that was set back, or pruned past the beginning, refuses the next page: RESET_REQUIRED', async () => {
  const state = createMemoryServerState()
  const world = createWorld(memoryServerStore({ state }))
  const a = world.client('a')
  await a.push(...createMany(a, 3))
  const backup = copyMemoryServerState(state)
  await a.push(create(a, 'late', { title: 'x' }))
  const { pageToken } = await a.snapshot({ limit: 2 })
  const restored = createWorld(memoryServerStore({ state: backup })).client('a')
  expect(await restored.snapshotRaw({ pageToken })).toMatchObject({
    kind: 'refused',
    code: 'RESET_REQUIRED',
    details: { reason: 'epoch_changed' },
  })
  const snapshot = state.scopes.get('team-1')
  if (snapshot === undefined) throw new Error('no scope')
  state.scopes.set('team-1', { ...snapshot, state: { ...snapshot.state, prunedTo: 9 } })
  expect(await a.snapshotRaw({ pageToken })).toMatchObject({
    code: 'RESET_REQUIRED',
    details: { reason: 'tombstones_pruned' },
  })
  const retired = createWorld(memoryServerStore({ state }), { tokenSecrets: [`another ${secret}`] })
  expect(await retired.client('a').snapshotRaw({ pageToken })).toMatchObject({ code: 'RESET_REQUIRED' })
})
