import { expect, test } from 'vitest'
import type { PushAnswer, PushInput } from '../../src/protocol/push.ts'
import type { ResumeAnswer, ResumeInput } from '../../src/protocol/resume.ts'
import type { RequestOptions } from '../../src/transport/contract.ts'
import type { TestClient } from '../support/client.ts'
import { held } from '../support/transports.ts'
import { fateOf, openWorld, shown, syncWell } from './world.ts'

/** The server finds what comes next invalid. */
const refused = (real: (input: PushInput, options: RequestOptions) => Promise<PushAnswer>) => {
  const spoil = (input: PushInput): PushInput => ({
    ...input,
    operations: input.operations.map((one) => ({ ...one, payload: '{"title":""}' })),
  })
  return (input: PushInput, options: RequestOptions): Promise<PushAnswer> => real(spoil(input), options)
}

const resetsOf = ({ client }: TestClient): readonly string[] => {
  const seen: string[] = []
  client.events$.subscribe(({ type }) => type === 'resetStarted' && seen.push(type))
  return seen
}

test('[RC10] a tab that asked whether the server lost something makes no second reset of what another one has set right', async () => {
  await using world = openWorld()
  const first = await world.open()
  const { tasks } = first.client.collections
  await tasks.create({ id: 'r-0', title: 'zero' })
  await syncWell(first)
  const second = await world.open()
  await syncWell(second)
  const backup = world.backUp()
  for (const title of ['refused', 'refused too', 'and again']) {
    await tasks.update('r-0', { title })
    first.transport.once('push', refused)
    await syncWell(first)
  }
  world.restore(backup)
  const { operationId } = await tasks.create({ id: 'r-1', title: 'one' })

  const resets = [resetsOf(first), resetsOf(second)]
  // The server wants to be asked less often, say.
  const late = held<ResumeInput, RequestOptions, ResumeAnswer>('request')
  first.transport.once('resume', late.twist)
  first.client.start()
  const over = first.client.syncNow()
  await late.arrived
  await syncWell(second)
  expect(await fateOf(second, operationId)).toBe('applied')
  late.release()
  expect(await over).toMatchObject({ status: 'synced' })
  expect(resets.flat()).toEqual(['resetStarted'])
  expect(await shown(first)).toEqual(world.serverRecords())
})
