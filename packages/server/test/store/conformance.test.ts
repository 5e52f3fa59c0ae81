import {
  createMemoryServerState,
  memoryServerStore,
  serverStoreConformance,
  serverStoreRules,
  type ServerStorePlace,
} from '@holdfast/server/testing'
import { describe, expect, test, vi } from 'vitest'
import { databases } from '../support/stores.ts'

const memoryPlace = async (): Promise<ServerStorePlace> => {
  const state = createMemoryServerState()
  return {
    store: memoryServerStore({ state }),
    another: async () => memoryServerStore({ state }),
    dispose: async () => undefined,
  }
}

const places: Readonly<Record<string, () => Promise<ServerStorePlace>>> = {
  memory: memoryPlace,
  ...Object.fromEntries(
    Object.entries(databases).map(([name, create]) => [
      `Prisma on ${name}`,
      async (): Promise<ServerStorePlace> => {
        const { store, another, close } = await create()
        return { store, another: async () => another().store, dispose: close }
      },
    ]),
  ),
}

vi.setConfig({ testTimeout: 20_000 })

describe.each(Object.entries(places))('%s', (_name, store) => {
  serverStoreConformance({ test, store })
})

test('every store runs the same cases', () => {
  const counts = Object.values(places).map((store) => {
    const names: string[] = []
    serverStoreConformance({ test: (title) => names.push(title), store })
    return names.length
  })
  expect(new Set(counts)).toEqual(new Set([serverStoreRules.length]))
  expect(serverStoreRules.map(({ id }) => id)).toEqual(serverStoreRules.map((_, index) => `SS${index + 1}`))
})
