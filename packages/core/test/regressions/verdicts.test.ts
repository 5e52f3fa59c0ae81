import { describe, expect, test } from 'vitest'
import { SyncError } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { answering, localServer } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'

interface Lost {
  readonly device: TestClient
  readonly operationId: string
}

/** A push took effect and its answer got lost; the next run's pull tells that it was decided. */
const openLost = async (): Promise<Lost> => {
  const storage = memoryStorage()
  const transport = localServer()('u-1')
  const first = await openClient({ storage, transport })
  await sync(first)
  first.transport.once('push', (real) => async (input, options) => {
    await real(input, options)
    throw new SyncError('NETWORK_UNREACHABLE', 'Try later.', {})
  })
  const { operationId } = await first.client.collections.tasks.create({ title: 'mine' })
  await untilStatus(first.client, 'waiting')
  await first.client.close()
  return { device: await openClient({ storage, transport }), operationId }
}

describe('an outcome that resume does not tell', () => {
  test.each([
    ['no verdicts', (ids: readonly string[]) => ids.slice(0, 0).map((id) => ({ id, verdict: null }))],
    ['null', (ids: readonly string[]) => ids.map((id) => ({ id, verdict: null }))],
  ])('is not given up while the server does not say that it decided: %s', async (_name, verdictsOf) => {
    const { device, operationId } = await openLost()
    await using _ = device
    const { client, transport, environment } = device
    transport.once(
      'resume',
      answering((answer) => ({
        ...answer,
        verdicts: verdictsOf(answer.verdicts.map(({ id }) => id)),
        decided: { watermark: 0, above: [] },
      })),
    )
    client.start()
    const { error } = await untilStatus(client, 'waiting')
    expect(error.code).toBe('SERVER_FAILED')
    expect(await client.operations.get(operationId)).toMatchObject({ status: 'SENT' })
    environment.advance(60_000)
    expect(await untilStatus(client, 'synced')).toMatchObject({ deadLetters: 0 })
    expect(await client.operations.get(operationId)).toMatchObject({
      status: 'COMPLETED',
      fate: { kind: 'applied', version: 1 },
    })
  })

  test('is unknown for good once the server says so', async () => {
    const { device, operationId } = await openLost()
    await using _ = device
    const { client, transport } = device
    transport.once(
      'resume',
      answering((answer) => ({
        ...answer,
        verdicts: answer.verdicts.map(({ id }) => ({ id, verdict: null })),
        decided: { watermark: 0, above: [1] },
      })),
    )
    expect(await sync(device)).toMatchObject({ status: 'synced', deadLetters: 1 })
    expect(await client.operations.get(operationId)).toMatchObject({ fate: { code: 'OUTCOME_UNKNOWN' } })
  })
})
