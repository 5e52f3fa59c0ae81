import { createMemoryServerState, copyMemoryServerState, memoryServerStore } from '@holdfast/server/testing'
import { expect, test } from 'vitest'
import { create, createWorld, memoryWorld, secret } from '../support/world.ts'

const other = 'another secret of thirty-two bytes!'
const third = 'a third secret of thirty-two bytes!!'

const cursorOf = async (world: ReturnType<typeof memoryWorld>): Promise<string> => {
  const a = world.client('a')
  await a.push(create(a, 'r-1', { title: 'one' }))
  return (await a.pull()).cursor
}

test('[CU1] a cursor is opaque, and bound to its user, its scope and its purpose', async () => {
  const world = memoryWorld()
  const cursor = await cursorOf(world)
  expect(Buffer.from(cursor.split('.')[1] ?? '', 'base64url').toString()).not.toMatch(/u-1|team-1/)
  const forbidden = { kind: 'refused', code: 'FORBIDDEN_OR_MISSING' }
  expect(await world.client('b', 'u-2').pullRaw({ cursor })).toMatchObject(forbidden)
  expect(await world.client('a').pullRaw({ cursor, scope: 'team-2' })).toMatchObject(forbidden)
  const resume = { protocol: 1, clientId: 'a', scope: 'team-1', resumeToken: cursor }
  expect(await world.handlers.resume({ user: { id: 'u-1' } }, resume)).toMatchObject(forbidden)
  expect(await world.client('a').pullRaw({ cursor })).toMatchObject({ kind: 'answer' })
})

test('[CU2] a forged cursor is INVALID, whichever of its characters was changed', async () => {
  const world = memoryWorld()
  const cursor = await cursorOf(world)
  const a = world.client('a')
  const keyLength = cursor.indexOf('.')
  for (let at = keyLength; at < cursor.length; at += 3) {
    const forged = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`
    expect(await a.pullRaw({ cursor: forged })).toMatchObject({ kind: 'refused', code: 'INVALID' })
  }
  for (const forged of ['x', '..', 'a.b.c', `${cursor}A`, cursor.slice(0, -1), '💥', '\u0000']) {
    expect(await a.pullRaw({ cursor: forged })).toMatchObject({ kind: 'refused', code: 'INVALID' })
  }
})

test('[CU3] cursors outlive one change of secrets; with a retired secret the reader starts again', async () => {
  const state = createMemoryServerState()
  const withSecrets = (...tokenSecrets: readonly string[]) =>
    createWorld(memoryServerStore({ state }), { tokenSecrets })
  const cursor = await cursorOf(withSecrets(secret))
  expect(await withSecrets(other, secret).client('a').pullRaw({ cursor })).toMatchObject({ kind: 'answer' })
  expect(await withSecrets(third, other).client('a').pullRaw({ cursor })).toMatchObject({
    kind: 'refused',
    code: 'RESET_REQUIRED',
    details: { reason: 'offline_too_long' },
  })
})

test('[CU4] a server that was set back is noticed by the first push or pull, also once it has overtaken', async () => {
  const state = createMemoryServerState()
  const world = createWorld(memoryServerStore({ state }))
  const a = world.client('a')
  await a.push(create(a, 'r-1', { title: 'one' }))
  const backup = copyMemoryServerState(state)
  await a.push(create(a, 'r-2', { title: 'two' }))
  const { cursor } = await a.pull()

  const restored = createWorld(memoryServerStore({ state: backup }))
  const details = { reason: 'epoch_changed', watermark: 1 }
  const reset = { kind: 'refused', code: 'RESET_REQUIRED', details }
  expect(await restored.client('a').pullRaw({ cursor })).toMatchObject(reset)
  expect(await restored.client('a').pushRaw([], { cursor })).toMatchObject(reset)
  const b = restored.client('b')
  await b.push(create(b, 'r-3', { title: 'three' }))
  await b.push(create(b, 'r-4', { title: 'four' }))
  expect(await restored.client('a').pullRaw({ cursor })).toMatchObject(reset)
  const again = restored.client('a')
  expect((await again.pull()).decided.watermark).toBe(1)
})

test('[CU5] a cursor from before pruned tombstones is RESET_REQUIRED; at the mark and from the beginning it goes on', async () => {
  const state = createMemoryServerState()
  const world = createWorld(memoryServerStore({ state }))
  const a = world.client('a')
  const cursors: string[] = []
  for (const id of ['r-1', 'r-2', 'r-3']) {
    await a.push(create(a, id, { title: id }))
    cursors.push((await a.pull()).cursor)
  }
  const snapshot = state.scopes.get('team-1')
  if (snapshot === undefined) throw new Error('no scope')
  state.scopes.set('team-1', { ...snapshot, state: { ...snapshot.state, prunedTo: 2 } })
  const kinds = []
  for (const cursor of ['', ...cursors]) kinds.push(await a.pullRaw({ cursor }))
  expect(kinds).toMatchObject([
    { kind: 'answer' },
    { kind: 'refused', code: 'RESET_REQUIRED', details: { reason: 'tombstones_pruned' } },
    { kind: 'answer' },
    { kind: 'answer' },
  ])
})
