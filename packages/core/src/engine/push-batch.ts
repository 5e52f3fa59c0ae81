import type { Operation } from '../model/operation.ts'
import { leastAge } from '../oplog/expiry/age.ts'
import { historyOf } from '../oplog/lost-history.ts'
import type { Batch } from '../oplog/batch/open-batch.ts'
import { acknowledgeInstance } from '../oplog/identity.ts'
import type { PushAnswer, WireOperation } from '../protocol/push.ts'
import { protocolVersion } from '../protocol/version.ts'
import type { CycleContext } from './cycle-context.ts'
import { onRefused } from './recovery/on-refused.ts'
import { serverTimeNow } from './server-time.ts'
import { countKinds } from './summaries.ts'

const toWire = (
  operation: Operation,
  { lostHistory: lost }: Batch,
  age: number | undefined,
): WireOperation => {
  const { id, collection, recordId, baseVersion, timestamp, clientSeq } = operation
  // What was sent once stays as it was, also when this device has brought it up since.
  const { type, payload, opVersion } = operation.sentAs ?? operation
  const { transaction, marks, cancel } = operation
  return {
    id,
    clientSeq: clientSeq ?? 0,
    collection,
    recordId,
    type,
    payload,
    baseVersion,
    timestamp,
    opVersion,
    ...(transaction === undefined ? {} : { transaction }),
    ...(marks === undefined ? {} : { marks }),
    ...historyOf(operation, lost),
    ...(age === undefined ? {} : { age }),
    ...(cancel === undefined ? {} : { cancel }),
  }
}

/** Measured at each sending; undefined for what lives for ever. */
const agesAtSending = (
  { session, scope }: CycleContext,
  { era }: Batch,
): ((operation: Operation) => number | undefined) => {
  if (session === undefined) return () => undefined
  const known = { session: session.id, monotonic: session.monotonic(), time: session.of(scope), era }
  return (operation) => (operation.life === undefined ? undefined : leastAge(operation, known))
}

/**
 * One push over the wire, and nothing of its answer stored but that the server knows this instance.
 * @throws SyncError
 */
export const pushBatch = async (
  context: CycleContext,
  batch: Batch,
  signal: AbortSignal,
): Promise<PushAnswer> => {
  const { scope, transport, environment, hooks } = context
  const ageOf = agesAtSending(context, batch)
  const wire = batch.operations.map((operation) => toWire(operation, batch, ageOf(operation)))
  const operations = await hooks.waterfall('beforePush', wire)
  const batchId = environment.newId()
  const input = {
    protocol: protocolVersion,
    schemaVersion: context.schema.version,
    clientId: batch.meta.clientId,
    instance: batch.meta.instance,
    scope,
    cursor: batch.cursor,
    batchId,
    ...(batch.waiting.length === 0 ? {} : { waiting: [...batch.waiting] }),
    ...(context.frugal && { limit: context.frugal.pageFor(operations.length) }),
    operations: [...operations],
  }
  const request = { scope, batchId, operations: operations.length, bytes: batch.bytes }
  context.tell(() => ({ type: 'pushStarted', ...request }))
  const start = environment.clock.monotonic()
  const answer = await transport
    .push(input, { signal })
    .catch((error: unknown) =>
      onRefused(context, { cursorRevision: batch.cursorRevision, identity: batch.meta }, error),
    )
  signal.throwIfAborted()
  const ms = environment.clock.monotonic() - start
  context.tell(() => ({ type: 'pushed', ...request, results: countKinds(answer.results), ms }))
  const serverTime = serverTimeNow(environment.clock, start, answer.serverTime)
  await acknowledgeInstance(context.store, batch.meta.instance)
  for (const failure of await hooks.observe('afterPush', answer.results)) context.onProblem(failure)
  return { ...answer, serverTime }
}
