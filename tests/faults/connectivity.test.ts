import { expect, test } from 'vitest'
import { httpProbe, probeConnectivity } from '@holdfast/core'
import { steppedProbe } from '../../packages/core/test/connectivity/support.ts'
import { manualEnvironment } from '../../packages/core/test/support/manual-environment.ts'
import { untilStatus } from '../../packages/core/test/support/until.ts'
import type { Proxy } from '../harness/proxy.ts'
import { openWorld } from '../harness/world.ts'

const isHealthCheck = ({ procedure }: Parameters<Proxy['decide']>[0]): boolean => procedure === ''

test('[CN6] a device on a probe goes offline with its server, and delivers when it is back', async () => {
  await using world = await openWorld()
  const { proxy } = world
  const up: Proxy['decide'] = (asked) => (isHealthCheck(asked) ? { kind: 'reply', status: 204 } : undefined)
  const down: Proxy['decide'] = () => ({ kind: 'cutBefore' })
  proxy.decide = up

  // The probe has a clock of its own, so that its steps do not make the device poll.
  const environment = manualEnvironment()
  const { probe, next, settled } = steppedProbe(environment, httpProbe(`${proxy.url}/health`))
  const connectivity = probeConnectivity({ probe, environment })
  const { client } = await world.device('ada', { connectivity })
  await settled()
  client.start()
  await untilStatus(client, 'synced')

  proxy.decide = down
  await next()
  expect(client.state.status).toBe('offline')
  const { operationId } = await client.collections.tasks.create({ title: 'written without a server' })
  await next()
  expect(await client.operations.get(operationId)).toMatchObject({ status: 'PENDING' })

  proxy.decide = up
  await next()
  expect((await client.operations.settled(operationId)).fate).toMatchObject({ kind: 'applied' })
  await untilStatus(client, 'synced')
})
