import { SyncError } from '@holdfast/core'
import type { Result, ServerRow, Verdict } from '@holdfast/core/protocol'
import { fromStored, toStored, withVisibleData } from '../outgoing/verdict.ts'
import type { OperationRow, Slot } from '../store/contract.ts'
import { recordKey } from '../store/record-key.ts'
import type { Batch, Gate, Outcome, Waiting } from './batch.ts'
import { judge } from './judge.ts'
import { createLedger } from './ledger.ts'
import type { Malformed, ReadOperation, Sent } from './read-operation.ts'

/**
 * Decides a batch, whose operations come by clientSeq. Writes nothing: the outcome says what to store.
 * Rules [AP1] to [AP25] are in docs/spec/server.md.
 * @throws SyncError CLIENT_FORKED; whatever `gate` throws that is no SyncError
 */
export const applyBatch = async (batch: Batch, gate: Gate): Promise<Outcome> => {
  const { facts, clientId, userId } = batch
  const ledger = createLedger({ clientId, ...facts, passed: batch.before.passed })
  const known = new Map(facts.operations.map((row) => [row.operationId, row]))
  const rows = new Map(facts.rows.map((row) => [keyOfRow(row), row]))
  const failedCreates = new Map(
    facts.rejectedCreates.map((create) => [recordKey(create), create.operationId]),
  )
  const waiting = new Map(batch.before.waiting)
  const passed = new Set(batch.before.passed)
  const results = new Map<number, Result>()
  const changed = new Map<string, ServerRow>()
  const operations: OperationRow[] = []
  const resends: Slot[] = []
  let head = facts.head

  const keep = (read: Sent | Malformed, verdict: Verdict): Result => {
    const { collection, recordId, type } = read.kind === 'sent' ? read.operation : read
    const { id: operationId, clientSeq, hash: payloadHash } = read
    const place = { operationId, clientId, clientSeq, userId, payloadHash, collection, recordId, type }
    const row: OperationRow = { ...place, verdict: toStored(verdict), decidedAt: batch.now }
    operations.push(row)
    known.set(operationId, row)
    ledger.decide(clientSeq)
    if (type === 'create' && verdict.kind === 'rejected')
      failedCreates.set(recordKey({ collection, id: recordId }), operationId)
    return { id: operationId, ...verdict }
  }

  const answerKnown = (read: Sent | Malformed, row: OperationRow): Result => {
    if (ledger.decide(read.clientSeq)) resends.push({ clientSeq: read.clientSeq, operationId: read.id })
    if (row.payloadHash !== read.hash || row.userId !== userId) return mismatch(read.id)
    const record = rows.get(recordKey({ collection: row.collection, id: row.recordId }))
    const payload = read.kind === 'sent' ? read.operation.payload : undefined
    return { id: read.id, kind: 'duplicate', verdict: fromStored(row.verdict, record, { clientId, payload }) }
  }

  const wait = (read: Sent, key: string, reason: Waiting): Result => {
    if (!waiting.has(key)) waiting.set(key, reason)
    return { id: read.id, kind: 'retry', ...reason }
  }

  const decideSent = async (read: Sent): Promise<Result> => {
    const key = recordKey({ collection: read.operation.collection, id: read.operation.recordId })
    const earlier = waiting.get(key)
    if (earlier !== undefined) return wait(read, key, earlier)
    const row = rows.get(key)
    const decision = await judge(batch, gate, read.operation, row, head + 1)
    switch (decision.kind) {
      case 'wait':
        return wait(read, key, { code: decision.code, message: decision.message })
      case 'refuse':
        return keep(read, finished(decision.verdict, row, failedCreates.get(key)))
      case 'write':
        head += 1
        rows.set(key, decision.row)
        changed.set(key, decision.row)
        return keep(read, decision.verdict)
    }
  }

  const answer = async (read: ReadOperation): Promise<Result> => {
    if (read.kind === 'unreadable') return rejected(read.id, read.error)
    ledger.claim(read.clientSeq, read.id)
    const before = known.get(read.id)
    if (ledger.isDecided(read.clientSeq)) {
      return before === undefined ? rejected(read.id, outcomeUnknown(read.id)) : answerKnown(read, before)
    }
    const expected = ledger.isFull() ? ledger.next() : ledger.expected()
    if (read.clientSeq > expected) {
      return {
        id: read.id,
        kind: 'retry',
        code: 'OUT_OF_ORDER',
        message: `Operation ${expected} has to come first.`,
      }
    }
    if (before !== undefined) return answerKnown(read, before)
    ledger.pass(read.clientSeq)
    passed.add(read.clientSeq)
    return read.kind === 'malformed' ? keep(read, verdictOf(read.error)) : decideSent(read)
  }

  for (const read of batch.operations) results.set(read.index, await answer(read))

  return {
    results,
    rows: [...changed.values()],
    operations,
    resends,
    head,
    decided: ledger.decided(),
    before: { passed, waiting },
  }
}

const keyOfRow = (row: ServerRow): string => recordKey(row)

const verdictOf = (error: SyncError): Verdict => ({
  kind: 'rejected',
  code: error.code,
  message: error.message,
})

const rejected = (id: string, error: SyncError): Result => ({
  id,
  kind: 'rejected',
  code: error.code,
  message: error.message,
})

const mismatch = (operationId: string): Result =>
  rejected(
    operationId,
    new SyncError('PAYLOAD_MISMATCH', 'Another operation was sent under this id before.', { operationId }),
  )

const outcomeUnknown = (operationId: string): SyncError =>
  new SyncError(
    'OUTCOME_UNKNOWN',
    'It was decided, but the verdict is no longer known; it is not applied again.',
    {
      operationId,
    },
  )

/** Data from the one place it may come from, and the create on whose failure this refusal rests. */
const finished = (
  verdict: Verdict,
  row: ServerRow | undefined,
  failedCreate: string | undefined,
): Verdict => {
  if (verdict.kind === 'conflict') return row === undefined ? verdict : withVisibleData(verdict, row)
  const dependent = verdict.kind === 'rejected' && verdict.code === 'DEPENDENCY' && row === undefined
  return dependent && failedCreate !== undefined ? { ...verdict, cause: failedCreate } : verdict
}
