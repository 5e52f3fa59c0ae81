import { memoryStorage } from '@holdfast/storage-adapters/memory'
import type { StorageAdapter } from '@holdfast/core/storage'
import { expect, test } from 'vitest'
import { callsThrough } from '../../../core/test/support/through.ts'
import { openWorld, todosOf } from './world.ts'

const never = new Promise<never>(() => undefined)

/** The same data, for a tab whose process dies with the commit that begins to bring it up. */
const dyingAtBegin = (place: StorageAdapter): { readonly storage: StorageAdapter; died: Promise<void> } => {
  let die = (): void => undefined
  const died = new Promise<void>((resolve) => {
    die = resolve
  })
  return {
    died,
    storage: {
      ...place,
      async open(name) {
        const database = await place.open(name)
        return {
          ...database,
          async commit(batch) {
            const receipt = await database.commit(batch)
            if (batch.writes.every(({ key }) => key !== 'migration')) return receipt
            die()
            return never
          },
        }
      },
    },
  }
}

/** The same data, for a tab that stands still before one of its calls. */
const pausingAt = (place: StorageAdapter, at: number, meanwhile: () => Promise<void>): StorageAdapter => {
  let calls = 0
  return callsThrough(place, async (call) => {
    calls += 1
    if (calls === at) await meanwhile()
    return call()
  })
}

test('[MG2] [MG4] [MG9] a tab that starts just when another one begins to bring it up, and dies, goes on with that first', async () => {
  let starts = 0
  for (let at = 1, isOver = false; !isOver; at += 1) {
    const world = openWorld()
    const place = memoryStorage()
    const old = await world.device('ann', place).open('1.0.0')
    await old.collections['todos']?.create({ id: 'a', title: 'a', minutes: 1 })
    await old.close()
    let isPaused = false
    const storage = pausingAt(place, at, async () => {
      isPaused = true
      const dying = dyingAtBegin(place)
      const other = world.device('ann', dying.storage).open('2.0.0')
      // Where this one has brought it up before, the other has nothing to begin.
      await Promise.race([dying.died, other])
    })
    const tab = await world.device('ann', storage).open('2.0.0')
    isOver = !isPaused
    starts += 1
    expect(await todosOf(tab), `stopped before call ${at}`).toEqual([
      { id: 'a', name: 'a', seconds: 60, urgent: false },
    ])
    await tab.close()
  }
  expect(starts).toBeGreaterThan(8)
})
