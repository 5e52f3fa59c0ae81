import { SyncError } from '@holdfast/core'
import type { CompactableRecord, Fold } from '@holdfast/core'
import { expect, test } from 'vitest'
import { openClient, sync, type TestClient } from '../../support/client.ts'
import { countedStorage } from '../../support/counted-storage.ts'
import { fatesOf, folding, foldOf } from './folding.ts'

const limits = { maxOps: 10_000 }

const write = async ({ client }: TestClient, records: number, each: number): Promise<void> => {
  const { latest } = client.collections
  const ids = Array.from({ length: records }, (_, index) => `r-${index}`)
  await Promise.all(ids.map((id) => latest.create({ id, title: 'new' })))
  await sync({ client })
  client.pause()
  for (let edit = 0; edit < each; edit += 1)
    await Promise.all(ids.map((id) => latest.update(id, { title: `edit ${edit}` })))
}

const most = (counts: readonly number[]): number => Math.max(0, ...counts)

test.each([500, 501, 1_300])('[CP10] %i operations of one record are folded in portions', async (count) => {
  const { plugin, compact, asked } = folding()
  const storage = countedStorage()
  await using device = await openClient({ storage, limits, plugins: [plugin] })
  await write(device, 1, count)
  const before = storage.commits.length
  expect(await compact()).toBe(count - 1)
  expect(most(asked.map(({ operations }) => operations.length))).toBeLessThanOrEqual(500)
  // Two writes and three removals for each operation that goes.
  expect(most(storage.commits.slice(before).map(({ writes }) => writes.length))).toBeLessThanOrEqual(2_600)
  expect(await fatesOf(device)).toEqual({ applied: 1, pending: 1, superseded: count - 1 })
  expect(await device.client.collections.latest.get('r-0')).toMatchObject({ title: `edit ${count - 1}` })
  await sync(device)
  expect(await fatesOf(device)).toEqual({ applied: 2, superseded: count - 1 })
  expect(await device.client.collections.latest.get('r-0')).toMatchObject({ title: `edit ${count - 1}` })
})

test('[CP10] where little can be folded, what stayed is read once', async () => {
  const { plugin, compact, asked } = folding(() => [])
  await using device = await openClient({ limits, plugins: [plugin] })
  await write(device, 1, 1_300)
  expect(await compact()).toBe(0)
  expect(asked.map(({ operations }) => operations.length)).toEqual([500, 500, 300])
  const seen = asked.flatMap(({ operations }) => operations.map(({ id }) => id))
  expect(new Set(seen).size).toBe(1_300)
})

test('[CP10] many records are folded some at a time, each once', async () => {
  const { plugin, compact, asked } = folding()
  const storage = countedStorage()
  await using device = await openClient({ storage, limits, plugins: [plugin] })
  await write(device, 300, 4)
  const [commits, reads] = [storage.commits.length, storage.reads.length]
  expect(await compact()).toBe(900)
  expect(asked).toHaveLength(300)
  const made = storage.commits.slice(commits)
  expect(made.length).toBeGreaterThan(1)
  expect(made.length).toBeLessThanOrEqual(4)
  expect(storage.reads.length - reads).toBeLessThanOrEqual(2 * 300 + 20)
  await sync(device)
  expect(await fatesOf(device)).toEqual({ applied: 600, superseded: 900 })
})

test('[CP10] a failure in between leaves what was folded by then, and the next pass goes on', async () => {
  let calls = 0
  const decide = ({ operations }: CompactableRecord): readonly Fold[] => {
    calls += 1
    if (calls === 200) throw new SyncError('INVALID', 'The 200th record is one too many.', {})
    return [foldOf(operations)]
  }
  const { plugin, compact } = folding(decide)
  await using device = await openClient({ limits, plugins: [plugin] })
  await write(device, 300, 4)
  expect(await compact()).toBe(0)
  const { superseded = 0, pending } = await fatesOf(device)
  expect(superseded).toBeGreaterThan(0)
  expect(pending).toBe(1_200 - superseded)
  expect(await compact()).toBe(900 - superseded)
})

test('[CP10] one or no operation in the queue is told by the log alone', async () => {
  const { plugin, compact, asked } = folding()
  const storage = countedStorage()
  await using device = await openClient({ storage, plugins: [plugin] })
  for (const count of [0, 1]) {
    const reads = storage.reads.length
    expect(await compact()).toBe(0)
    expect(storage.reads.length - reads).toBe(1)
    if (count === 0) await device.client.collections.latest.create({ id: 'r', title: 'one' })
  }
  expect(asked).toEqual([])
})
