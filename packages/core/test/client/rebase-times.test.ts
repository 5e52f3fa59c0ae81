import { collection, createSyncClient, defineField, defineSchema, lastWriteWins } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { manualEnvironment, type ManualEnvironment } from '../support/manual-environment.ts'
import { whole } from '../support/placed-text.ts'
import { localServer, scope } from '../support/transports.ts'

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({
      fields: z.object({
        id: z.string(),
        title: z.string().default(''),
        text: z.string().default(''),
        body: defineField(z.string(), whole),
      }),
      conflict: lastWriteWins(),
    }),
  },
})

const minute = 60_000

test('[CL117] what is made again was written when it was: the last write wins all the same', async () => {
  const start = Date.UTC(2025, 5, 1)
  const serverTime = manualEnvironment(start)
  const server = localServer({ schema, environment: serverTime })
  const environments: ManualEnvironment[] = [serverTime]
  const open = (user: string) => {
    const environment = manualEnvironment(start)
    environments.push(environment)
    const common = { schema, user, storage: memoryStorage(), transport: server(user), environment }
    return createSyncClient({ ...common, scopes: [scope], autoStart: false })
  }
  const [mine, theirs] = [await open('u-1'), await open('u-2')]
  const sync = async (client: typeof mine): Promise<void> => {
    client.start()
    expect(await client.syncNow()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
    client.pause()
  }
  const pass = (ms: number): void => environments.forEach((environment) => environment.advance(ms))
  await mine.collections.notes.create({ id: 'r', body: 'first' })
  await sync(mine)
  await sync(theirs)

  await theirs.collections.notes.update('r', { text: 'theirs, before' })
  pass(minute)
  const { operationId } = await mine.collections.notes.update('r', {
    title: 'mine',
    text: 'mine',
    body: 'mine',
  })
  pass(minute)
  await theirs.collections.notes.update('r', { title: 'theirs, later' })
  await sync(theirs)
  pass(minute)
  await sync(mine)
  await sync(theirs)
  expect(await mine.operations.get(operationId)).toMatchObject({ status: 'SUPERSEDED' })
  const settled = { id: 'r', title: 'theirs, later', text: 'mine', body: 'mine' }
  for (const client of [mine, theirs]) {
    expect(await client.collections.notes.get('r')).toEqual(settled)
    await client.close()
  }
})
