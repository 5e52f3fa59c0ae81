import type { Tracer } from '@holdfast/server'
import { createSyncHandlers } from '@holdfast/server'
import { memoryServerStore } from '@holdfast/server/testing'
import { trace } from '@opentelemetry/api'
import { expect, expectTypeOf, test } from 'vitest'
import { notes } from '../live/schema.ts'

test('[MT2] a tracer of OpenTelemetry is one, as it is', async () => {
  const tracer = trace.getTracer('holdfast')
  expectTypeOf(tracer).toExtend<Tracer>()
  const handlers = createSyncHandlers({
    schema: notes,
    store: memoryServerStore(),
    scopes: () => ['team-1'],
    authorize: () => true,
    tokenSecrets: ['a secret for tests of thirty-two bytes'],
    tracer,
  })
  const ctx = { user: { id: 'ada' } }
  const input = { protocol: 4, clientId: 'c', scope: 'team-1', cursor: '' }
  expect(await handlers.pull(ctx, input)).toMatchObject({ kind: 'answer', head: 0 })
})
