import { collection, defineSchema, systemEnvironment, type Environment } from '@holdfast/core'
import { procedures } from '@holdfast/core/protocol'
import { expireRecords, pruneSync } from '@holdfast/server'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { storeNames, useWorld } from '../support/stores.ts'
import { create, readRow, scope } from '../support/world.ts'

const mortal = defineSchema({
  version: '1.0.0',
  collections: {
    todos: collection({
      fields: z.object({ id: z.string(), title: z.string() }),
      lifetime: { records: 1_000 },
    }),
  },
})

/** As one gets it from `performance.timeOrigin + performance.now()`. */
const fractional = (): Environment & { passed: number } => {
  const environment = {
    ...systemEnvironment,
    passed: 0.7,
    clock: { now: () => 1_750_000_000_000 + environment.passed, monotonic: () => environment.passed },
  }
  return environment
}

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[PR10] a server whose clock tells fractions of a millisecond answers, stores and cleans in whole ones', async () => {
    const environment = fractional()
    const world = await start({ environment, schema: mortal })
    const a = world.client('a')
    await a.push(create(a, 'r-1', { title: 'one' }))
    for (const [procedure, output] of [
      ['push', await a.pushRaw([a.operation({ value: { title: 'two' }, baseVersion: 1 })])],
      ['pull', await a.pullRaw()],
      ['snapshot', await a.snapshotRaw()],
      ['preflight', await a.preflightRaw([])],
    ] as const)
      expect(procedures[procedure].output.safeParse(output)).toMatchObject({
        success: true,
        data: { kind: 'answer' },
      })
    expect(await readRow(world.store, 'r-1')).toMatchObject({ version: 2, updatedAt: 1_750_000_000_000 })

    environment.passed += 2_000
    expect(await expireRecords(world.store, { schema: mortal, environment })).toMatchObject({ records: 1 })
    environment.passed += 2_000
    expect(await pruneSync(world.store, { olderThan: 1_000, environment })).toMatchObject({ tombstones: 1 })
    expect(await world.store.read(scope, (tx) => tx.recordsAfter(undefined, 10))).toEqual([])
  })
})
