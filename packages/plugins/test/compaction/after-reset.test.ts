import type { SyncEvent } from '@holdfast/core'
import { compaction } from '@holdfast/plugins/compaction'
import { createMemoryServerState, memoryServerStore } from '@holdfast/server/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { prune } from '../../../core/test/recovery/world.ts'
import { openClient, type TestClient } from '../../../core/test/support/client.ts'
import { localServer } from '../../../core/test/support/transports.ts'

const sync = async ({ client }: TestClient): Promise<void> => {
  client.start()
  expect(await client.syncNow()).toMatchObject({ status: 'synced' })
  client.pause()
}

test('[CP9] after a reset, too, a run compacts before it sends', async () => {
  const state = createMemoryServerState()
  const server = localServer({ store: memoryServerStore({ state }), limits: { page: 50, maxPage: 50 } })
  const storage = memoryStorage()
  const open = () => openClient({ storage, transport: server('u-1'), plugins: [compaction()] })
  const before = await open()
  const theirs = await openClient({ transport: server('u-2'), user: 'u-2' })
  await before.client.collections.tasks.create({ id: 'r', title: 'new' })
  await sync(before)
  await before.client.close()
  for (let count = 0; count < 200; count += 1)
    await theirs.client.collections.tasks.create({ id: `t-${count}`, title: 'theirs' })
  await sync(theirs)
  await theirs.client.collections.tasks.delete('t-0')
  await sync(theirs)
  await prune(state, 31)

  // A run that begins by pulling is told at once that it has to begin anew.
  const mine = await open()
  const { tasks } = mine.client.collections
  for (let edit = 0; edit < 20; edit += 1) await tasks.update('r', { title: `edit ${edit}` })
  const events: SyncEvent[] = []
  mine.client.events$.subscribe((event) => events.push(event))
  await sync(mine)
  expect(events.filter(({ type }) => type === 'resetStarted')).toHaveLength(1)
  expect(events.filter(({ type }) => type === 'compacted')).toMatchObject([{ before: 20, folded: 19 }])
  expect(events.filter(({ type }) => type === 'pushed')).toMatchObject([{ operations: 1 }])
  for (const { client } of [mine, theirs]) await client.close()
})
