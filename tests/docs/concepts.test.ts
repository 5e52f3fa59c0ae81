import { afterAll, beforeAll, expect, test } from 'vitest'
import { collection, createSyncClient, defineSchema, fieldMerge } from '@holdfast/core'
import { z } from 'zod'
import { until } from '../../packages/core/test/support/until.ts'
import { databases } from '../../packages/server/test/support/stores.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { scope, startServer, type TestServer } from '../harness/server.ts'
import { deviceParts } from './device-parts.ts'

// The example of docs/concepts.md, which shows parts of this file as they are.

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    tasks: collection({
      fields: z.object({ id: z.string(), title: z.string(), done: z.boolean().default(false) }),
      conflict: fieldMerge({ onOverlap: 'ask' }),
    }),
  },
})

const folder = temporaryFolder()
let database: Awaited<ReturnType<typeof databases.SQLite>>
let server: TestServer

const openDevice = async (user: string) => {
  const parts = deviceParts({ server, folder }, user)
  const client = await createSyncClient({ schema, scopes: [scope], ...parts })
  return { client, network: parts.connectivity }
}

type Device = Awaited<ReturnType<typeof openDevice>>

/** Writes, and waits for the server's verdict. */
const send = async ({ client }: Device, receipt: Promise<{ readonly operationId: string }>) =>
  client.operations.settled((await receipt).operationId)

beforeAll(async () => {
  database = await databases.SQLite()
  server = await startServer({ schema, database })
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await database.close()
  folder[Symbol.dispose]()
})

test('the example of docs/concepts.md', async () => {
  const [ada, ben] = [await openDevice('ada'), await openDevice('ben')]
  const [adas, bens] = [ada.client.collections.tasks, ben.client.collections.tasks]

  await send(ada, adas.create({ id: 'milk', title: 'Buy milk' }))
  await ben.client.syncNow()

  // Ada is offline, and changes the title. Ben changes something else.
  ada.network.set(false)
  const { operationId } = await adas.update('milk', { title: 'Buy oat milk' })
  await send(ben, bens.update('milk', { done: true }))

  expect(await ada.client.operations.get(operationId)).toMatchObject({
    type: 'update',
    fields: ['title'],
    baseVersion: 1,
    status: 'PENDING',
  })

  // Her device shows the base as it knows it, and her change on top.
  expect(await adas.get('milk')).toEqual({ id: 'milk', title: 'Buy oat milk', done: false })
  expect(ada.client.state).toEqual({ status: 'offline' })

  // The network is back. Ben changed another field, so nobody is asked.
  ada.network.set(true)
  const { fate } = await ada.client.operations.settled(operationId)
  expect(fate).toEqual({ kind: 'applied', version: 3, lost: [] })
  expect(await adas.get('milk')).toEqual({ id: 'milk', title: 'Buy oat milk', done: true })

  // Both change the title. The server applies Ben's, which comes first, and asks about Ada's.
  ada.network.set(false)
  const mine = await adas.update('milk', { title: 'Buy soy milk' })
  await ben.client.syncNow()
  await send(ben, bens.update('milk', { title: 'Buy rice milk' }))
  ada.network.set(true)
  const waiting = await ada.client.operations.settled(mine.operationId)
  expect(waiting.fate).toEqual({ kind: 'conflict', fields: ['title'] })
  const [question] = await ada.client.conflicts.list()
  expect(question).toMatchObject({
    mine: { title: 'Buy soy milk' },
    theirs: { title: 'Buy rice milk' },
    updatedBy: 'ben',
  })

  // Her own value stays on her screen until she has answered. The answer is an operation like any other.
  expect(await adas.get('milk')).toMatchObject({ title: 'Buy soy milk' })
  const answer = await ada.client.conflicts.resolve(question?.id ?? '', 'mine')
  await ada.client.operations.settled(answer?.operationId ?? '')
  await ben.client.syncNow()
  expect(await bens.get('milk')).toMatchObject({ title: 'Buy soy milk' })

  const { fate: last } = (await ada.client.operations.get(mine.operationId)) ?? {}
  expect(last).toEqual({ kind: 'superseded', by: answer?.operationId })
  await until(ada.client.state$, (state) => state.status === 'synced' && state.conflicts === 0)

  await Promise.all([ada.client.close(), ben.client.close()])
})
