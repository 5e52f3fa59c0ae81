import { collection, createSyncClient, defineField, defineSchema } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { manualEnvironment } from '../support/manual-environment.ts'
import { whole } from '../support/placed-text.ts'
import { localServer, scope } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({ fields: z.object({ id: z.string(), body: defineField(z.string(), whole) }) }),
  },
})

test('[CL110] what is made again in the place of a record whose end this device never hears of ends as a dead letter', async () => {
  const server = localServer({ schema })
  const open = (user: string) =>
    createSyncClient({
      schema,
      user,
      storage: memoryStorage(),
      transport: server(user),
      scopes: [scope],
      limits: { page: 1 },
      autoStart: false,
      environment: manualEnvironment(),
    })
  const [ada, ben] = await Promise.all([open('ada'), open('ben')])
  for (const id of ['r', 'other', 'another']) await ada.collections.notes.create({ id, body: 'first' })
  for (let count = 0; count < 3; count += 1) {
    ada.start()
    await untilStatus(ada, 'synced')
    if (count === 0) await ada.collections.notes.delete('r')
    ada.pause()
  }

  // A first sync of more than a page brings what lives, and no tombstones.
  const { operationId } = await ben.collections.notes.create({ id: 'r', body: 'second' })
  ben.start()
  const { fate } = await ben.operations.settled(operationId)
  expect(fate.kind).toBe('conflict')
  await untilStatus(ben, 'synced')
  const [letter, ...others] = await ben.deadLetters.list()
  expect(letter?.fate).toMatchObject({ kind: 'rejected', code: 'MISSING_DEPENDENCY' })
  expect(others).toEqual([])
  expect((await ben.operations.history('notes', 'r')).length).toBeLessThan(5)
  await Promise.all([ada.close(), ben.close()])
})
