import { expect, test } from 'vitest'
import { openClient, sync } from '../support/client.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { localServer } from '../support/transports.ts'

test('[CL114] regression: what a device wrote whose clock tells fractions of a millisecond was refused as malformed', async () => {
  const environment = manualEnvironment(1_750_000_000_000.7)
  const transport = localServer({ environment })('u-1')
  await using device = await openClient({ transport, environment })
  const { tasks } = device.client.collections
  await tasks.create({ id: 'a', title: 'old' })
  await sync(device)
  environment.advance(10.4)
  const { operationId } = await tasks.update('a', { title: 'new' })
  expect(await sync(device)).toMatchObject({ status: 'synced', deadLetters: 0 })
  expect(await device.client.operations.get(operationId)).toMatchObject({
    timestamp: 1_750_000_000_011,
    fate: { kind: 'applied' },
  })
})
