import { createMemoryServerState, memoryServerStore, type ServerStep } from '@holdfast/server/testing'
import { expect, test } from 'vitest'
import { create, createWorld, readRow } from '../support/world.ts'

const dyingAt = (at: ServerStep) => {
  const state = createMemoryServerState()
  const store = memoryServerStore({
    state,
    onStep: (step) => {
      if (step === at) throw new Error('killed')
    },
  })
  return { state, store }
}

test.each([
  ['locked', undefined],
  ['before-commit', undefined],
  ['after-commit', 1],
] as const)('a process that dies at %s leaves all or nothing, and does nothing more', async (at, version) => {
  const { state, store } = dyingAt(at)
  const a = createWorld(store).client('a')
  const first = create(a, 'r-1', { title: 'one' })
  expect(await a.pushRaw([first])).toMatchObject({ kind: 'refused', code: 'SERVER_FAILED' })
  await expect(store.read('team-1', async () => undefined)).rejects.toThrow('killed')

  const next = memoryServerStore({ state })
  expect((await readRow(next, 'r-1'))?.version).toBe(version)
  const again = await createWorld(next).client('a').pushRaw([first])
  expect(again).toMatchObject({ results: [{ kind: version === undefined ? 'applied' : 'duplicate' }] })
})

test('steps come in order, once for each write, and never for a read', async () => {
  const steps: string[] = []
  const store = memoryServerStore({ onStep: (step, scope) => void steps.push(`${scope} ${step}`) })
  await store.write('s', async () => undefined)
  await store.read('s', async () => undefined)
  expect(steps).toEqual(['s locked', 's before-commit', 's after-commit'])
})

test('two scopes that bind one client at the same time end with one user', async () => {
  const state = createMemoryServerState()
  const [one, two] = [createWorld(memoryServerStore({ state })), createWorld(memoryServerStore({ state }))]
  const outputs = await Promise.all([
    one.client('same', 'u-1').pushRaw([]),
    two.client('same', 'u-2').pushRaw([], { scope: 'team-2' }),
  ])
  expect(outputs.map(({ kind }) => kind).toSorted()).toEqual(['answer', 'refused'])
})
