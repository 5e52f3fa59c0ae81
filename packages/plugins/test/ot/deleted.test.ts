import {
  collection,
  createSyncClient,
  defineSchema,
  fieldMerge,
  SyncError,
  type Transport,
} from '@holdfast/core'
import { otText } from '@holdfast/plugins/ot'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { manualEnvironment } from '../../../core/test/support/manual-environment.ts'
import { localServer, scope } from '../../../core/test/support/transports.ts'

/** One device has typed; the other one has typed in front of that, and deleted the record then. */
const open = async (deletes: 'ask' | 'editWins') => {
  const schema = defineSchema({
    version: '1.0.0',
    collections: {
      notes: collection({
        fields: z.object({ id: z.string(), body: otText() }),
        conflict: fieldMerge({ onOverlap: 'ask' }),
        deletes,
      }),
    },
  })
  const server = localServer({ schema })
  const storage = memoryStorage()
  const openClient = (user: string, shared = memoryStorage(), bent: Partial<Transport> = {}) =>
    createSyncClient({
      schema,
      user,
      storage: shared,
      transport: { ...server(user), ...bent },
      scopes: [scope],
      autoStart: false,
      environment: manualEnvironment(),
    })
  const sync = async (client: Awaited<ReturnType<typeof openClient>>): Promise<void> => {
    client.start()
    await client.syncNow().catch(() => undefined)
    client.pause()
  }
  const first = await openClient('u-0')
  const second = await openClient('u-1', storage)
  await first.collections.notes.create({ id: 'r', body: 'hello' })
  await sync(first)
  await sync(second)
  await second.collections.notes.update('r', { body: 'hello world' })
  await first.collections.notes.update('r', { body: 'Well, well: hello' })
  await sync(first)
  await first.collections.notes.delete('r')
  await sync(first)
  const onlyPulls = () =>
    openClient('u-1', storage, {
      push: () => Promise.reject(new SyncError('NETWORK_UNREACHABLE', 'Only pulls.', {})),
    })
  return { first, second, sync, onlyPulls, again: () => openClient('u-1', storage) }
}

test('[OT04] the answer that brings back a deleted text carries all of it', async () => {
  const { first, second, sync } = await open('ask')
  await sync(second)
  const [conflict] = await second.conflicts.list()
  await second.conflicts.resolve(conflict?.id ?? '', 'mine')
  await sync(second)
  await sync(first)
  expect(await second.deadLetters.list()).toEqual([])
  for (const client of [first, second])
    expect(await client.collections.notes.get('r')).toMatchObject({ body: 'hello world' })
  for (const client of [first, second]) await client.close()
})

test('[OT03] what is typed on a record that was deleted meanwhile builds on what is seen there', async () => {
  const { first, second, sync, onlyPulls, again } = await open('editWins')
  await second.close()
  const pulled = await onlyPulls()
  await sync(pulled)
  await pulled.collections.notes.update('r', { body: 'hello world!' })
  await pulled.close()
  const back = await again()
  await sync(back)
  await sync(first)
  for (const client of [first, back])
    expect(await client.collections.notes.get('r')).toMatchObject({ body: 'Well, well: hello world!' })
  for (const client of [first, back]) await client.close()
})
