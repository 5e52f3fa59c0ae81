import { expect, test } from 'vitest'
import { createSyncClient, type Transport } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { manualEnvironment } from '../support/manual-environment.ts'
import { localServer, scope } from '../support/transports.ts'
import { typedSchema } from '../support/typed.ts'
import { untilStatus } from '../support/until.ts'

test('[CL09] [CL21] what gets another time when it is sent is shown by that time', async () => {
  const server = localServer({ schema: typedSchema })
  const open = (user: string, transport: Transport, hours: number) => {
    const environment = manualEnvironment()
    environment.advance(hours * 3_600_000)
    const options = { schema: typedSchema, user, storage: memoryStorage(), transport, environment }
    return createSyncClient({ ...options, scopes: [scope], autoStart: false })
  }
  const ada = await open('ada', server('ada'), 0)
  await ada.collections.things.create({ id: 'x', meta: { colour: 'red' } })
  ada.start()
  await untilStatus(ada, 'synced')

  const shown: unknown[] = []
  const transport = server('ben')
  const ben = await open(
    'ben',
    {
      ...transport,
      async push(input, options) {
        shown.push((await ben.collections.things.get('x'))?.meta)
        return transport.push(input, options)
      },
    },
    -1,
  )
  await ben.collections.things.create({ id: 'x', meta: { colour: 'blue' } })
  ben.start()
  await untilStatus(ben, 'synced')
  expect(shown).toEqual([{ colour: 'blue' }])
  expect((await ben.collections.things.get('x'))?.meta).toEqual({ colour: 'blue' })
  await Promise.all([ada.close(), ben.close()])
})
