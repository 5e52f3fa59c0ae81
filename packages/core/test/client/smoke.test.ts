import { expect, test } from 'vitest'
import { localServer } from '../support/transports.ts'
import { openClient, sync } from '../support/client.ts'

test('two devices', async () => {
  const server = localServer()
  await using a = await openClient({ transport: server('u-1') })
  await using b = await openClient({ user: 'u-2', transport: server('u-2') })
  const { recordId } = await a.client.collections.tasks.create({ title: 'one' })
  expect(await sync(a)).toMatchObject({ status: 'synced' })
  await sync(b)
  expect(await b.client.collections.tasks.get(recordId)).toMatchObject({ title: 'one', done: false })
})
