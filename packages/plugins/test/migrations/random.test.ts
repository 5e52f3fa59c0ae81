import { memoryServerStore } from '@holdfast/server/testing'
import { expect, test } from 'vitest'
import { scope } from '../../../core/test/support/transports.ts'
import type { AppVersion } from './app.ts'
import { openWorld, sync, todosOf, type AnyClient, type Device } from './world.ts'

const versions: readonly AppVersion[] = ['1.0.0', '1.1.0', '2.0.0']

const words = {
  '1.0.0': { title: 'title', amount: 'minutes', by: 'by', unit: 1 },
  '1.1.0': { title: 'title', amount: 'minutes', by: 'minutes', unit: 1 },
  '2.0.0': { title: 'name', amount: 'seconds', by: 'seconds', unit: 60 },
} as const

/** mulberry32 */
const randomOf = (seed: number) => {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    below: (limit: number): number => Math.floor(next() * limit),
    pick: <TItem>(items: readonly [TItem, ...TItem[]]): TItem =>
      items[Math.floor(next() * items.length)] ?? items[0],
  }
}

interface Running {
  readonly device: Device
  version: AppVersion
  client: AnyClient
}

const run = async (seed: number): Promise<{ readonly conflicts: number; readonly waited: number }> => {
  const random = randomOf(seed)
  const world = openWorld()
  const seen = { conflicts: 0, waited: 0 }
  const fleet: Running[] = []
  for (const user of ['ann', 'ben', 'cyd', 'dan']) {
    const device = world.device(user)
    const version = versions[random.below(3)] ?? '1.0.0'
    fleet.push({ device, version, client: await device.open(version) })
  }
  const upgrade = async (running: Running, version: AppVersion): Promise<void> => {
    await running.client.close()
    running.version = version
    running.client = await running.device.open(version)
  }
  const write = async ({ client, version }: Running): Promise<void> => {
    const { todos } = client.collections
    const { title, amount, by, unit } = words[version]
    const id = `r${random.below(4)}`
    const known = (await todos?.get(id)) !== undefined
    if (!known) {
      await todos?.create({ id, [title]: random.pick(['a', 'b!']), [amount]: random.below(5) * unit })
      return
    }
    const kind = random.below(4)
    if (kind === 0) await todos?.run['extend']?.(id, { [by]: random.below(9) * unit })
    else if (kind === 1 && version !== '1.0.0') await todos?.update(id, { urgent: random.below(2) === 1 })
    else if (kind === 2) await todos?.update(id, { [amount]: random.below(9) * unit })
    else await todos?.update(id, { [title]: `${random.below(100)}` })
  }

  for (let step = 0; step < 60; step += 1) {
    const running = fleet[random.below(fleet.length)]
    if (running === undefined) continue
    const dice = random.below(12)
    // Also back: a rollout that is taken back, or a balancer with servers of several versions.
    if (dice === 0) world.run(versions[random.below(3)] ?? '1.0.0')
    else if (dice === 1) {
      const at = versions.indexOf(running.version)
      await upgrade(running, versions[Math.min(2, at + random.below(3))] ?? '2.0.0')
    } else if (dice < 7) await write(running)
    else {
      const { status } = await sync(running.client)
      if (status === 'waiting' || status === 'blocked') seen.waited += 1
    }
  }

  world.run('2.0.0')
  for (const running of fleet) await upgrade(running, '2.0.0')
  for (let round = 0; round < 6; round += 1) {
    for (const { client } of fleet) {
      expect(await sync(client)).toMatchObject({ status: 'synced' })
      for (const { id } of await client.conflicts.list()) {
        seen.conflicts += 1
        await client.conflicts.resolve(id, random.pick(['mine', 'theirs']))
      }
    }
  }
  const store = memoryServerStore({ state: world.state })
  const rows = await store.read(scope, (tx) => tx.changesAfter(0, 100))
  for (const { client } of fleet) {
    expect((await client.deadLetters.list()).map(({ fate }) => fate)).toEqual([])
    expect(await client.conflicts.list()).toEqual([])
    for (const operation of await client.operations.list({ status: 'PENDING' }))
      expect(operation).toBeUndefined()
    const todos = await todosOf(client)
    for (const { id, data, schemaVersion } of rows)
      if (schemaVersion === '2.0.0') expect(todos).toContainEqual({ ...data, id })
    expect(todos).toHaveLength(rows.length)
    expect(todos).toEqual(await todosOf(fleet[0]?.client ?? client))
  }
  for (const { client } of fleet) await client.close()
  return seen
}

test('[MG11] whatever versions meet in whatever order: no dead letter, and all devices show what the server has', async () => {
  const total = { conflicts: 0, waited: 0 }
  for (let seed = 1; seed <= 60; seed += 1) {
    const { conflicts, waited } = await run(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}`, { cause: error })
    })
    total.conflicts += conflicts
    total.waited += waited
  }
  expect(total.conflicts).toBeGreaterThan(20)
  expect(total.waited).toBeGreaterThan(50)
})
