import { referencesOf, type Result, type ServerRow, type Verdict } from '@holdfast/core/protocol'
import { fromStored, toStored } from '../outgoing/verdict.ts'
import type { OperationRow, RecordAddress, Slot } from '../store/contract.ts'
import { recordKey } from '../store/record-key.ts'
import { finished, keyOf, namesOf, verdictOf, type Addressable } from './addressable.ts'
import { mismatch, outcomeUnknown, outOfOrder, rejected } from './answers.ts'
import type { Batch, Gate, Outcome, Waiting } from './batch.ts'
import { rowsIn } from './decision.ts'
import { isExpired } from './expired.ts'
import { failedReference } from './failed-reference.ts'
import { judge as judgeOne, type Judge } from './judge.ts'
import { createLedger } from './ledger.ts'
import { transactionOf } from './read-operation.ts'
import { settleTransaction, type Judged, type Settled } from './settle-transaction.ts'
import { toUnits, type Unit } from './units.ts'

/**
 * Decides a batch, whose operations come by clientSeq. Writes nothing: the outcome says what to store.
 * Rules [AP1] to [AP30] are in docs/spec/server.md.
 * @throws SyncError CLIENT_FORKED; whatever `gate` throws that is no SyncError
 */
export const applyBatch = async (batch: Batch, gate: Gate, judge: Judge = judgeOne): Promise<Outcome> => {
  const { facts, clientId, userId, disclose } = batch
  const ledger = createLedger({ clientId, ...facts, passed: batch.before.passed })
  const known = new Map(facts.operations.map((row) => [row.operationId, row]))
  const rows = new Map(facts.rows.map((row) => [recordKey(row), row]))
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

  const keep = (read: Addressable, verdict: Verdict): Result => {
    const { collection, recordId, type } = namesOf(read)
    const { id: operationId, clientSeq, hash: payloadHash } = read
    const place = { operationId, clientId, clientSeq, userId, payloadHash, collection, recordId, type }
    const row: OperationRow = { ...place, verdict: toStored(verdict), decidedAt: batch.now }
    operations.push(row)
    known.set(operationId, row)
    ledger.decide(clientSeq)
    const isUnapplied = verdict.kind !== 'applied' && verdict.kind !== 'merged'
    if (type === 'create' && isUnapplied) failedCreates.set(keyOf(place), operationId)
    return { id: operationId, ...verdict }
  }

  const answerKnown = (read: Addressable, row: OperationRow): Result => {
    if (ledger.decide(read.clientSeq)) resends.push({ clientSeq: read.clientSeq, operationId: read.id })
    if (row.payloadHash !== read.hash || row.userId !== userId) return mismatch(read.id)
    const payload = read.kind === 'sent' ? read.operation.payload : undefined
    const verdict = fromStored(row.verdict, rows.get(keyOf(row)), { clientId, payload, disclose })
    return { id: read.id, kind: 'duplicate', verdict }
  }

  /** What can be answered without judging; undefined where it has to be judged. */
  const answerAtOnce = (read: Addressable): Result | undefined => {
    ledger.claim(read.clientSeq, read.id)
    const before = known.get(read.id)
    if (ledger.isDecided(read.clientSeq)) {
      return before === undefined ? rejected(read.id, outcomeUnknown(read.id)) : answerKnown(read, before)
    }
    const expected = ledger.isFull() ? ledger.next() : ledger.expected()
    if (read.clientSeq > expected) return outOfOrder(read.id, expected)
    if (before !== undefined) return answerKnown(read, before)
    ledger.pass(read.clientSeq)
    passed.add(read.clientSeq)
    return undefined
  }

  const waitAll = (reads: readonly Addressable[], reason: Waiting): void => {
    for (const read of reads) {
      const key = keyOf(namesOf(read))
      if (!waiting.has(key)) waiting.set(key, reason)
      results.set(read.index, { id: read.id, kind: 'retry', ...reason })
    }
  }

  /** Its record, and records that it refers to and that are not there yet. */
  const buildsOn = (read: Addressable): readonly string[] => {
    if (read.kind === 'malformed') return []
    const references = referencesOf(batch.schema, read.operation).map(recordKey)
    return [keyOf(read.operation), ...references.filter((key) => !rows.has(key))]
  }

  const earlierWaiting = (reads: readonly Addressable[]): Waiting | undefined => {
    for (const key of reads.flatMap(buildsOn)) {
      const earlier = waiting.get(key)
      if (earlier !== undefined) return earlier
    }
    return undefined
  }

  /** Any record of the scope, as it is with what was drafted. */
  const finder =
    (draft: ReadonlyMap<string, ServerRow>) =>
    async (address: RecordAddress): Promise<ServerRow | undefined> => {
      const key = recordKey(address)
      const known = draft.get(key) ?? rows.get(key)
      if (known !== undefined) return known
      const loaded = await gate.load(address)
      if (loaded !== undefined) rows.set(key, loaded)
      return loaded
    }

  /** Judges operations one on top of the other; nothing of it counts yet. */
  const judgeAll = async (reads: readonly Addressable[]): Promise<readonly Judged[]> => {
    const draft = new Map<string, ServerRow>()
    const judged: Judged[] = []
    let seq = head
    for (const read of reads) {
      if (read.kind === 'malformed') {
        judged.push({ read, row: undefined, decision: { kind: 'refuse', verdict: verdictOf(read.error) } })
        continue
      }
      const key = keyOf(read.operation)
      const row = draft.get(key) ?? rows.get(key)
      const decision =
        failedReference(batch.schema, read.operation, { rows, draft, failedCreates }) ??
        (await judge(batch, gate, read.operation, { row, seq: seq + 1, find: finder(draft) }))
      judged.push({ read, row, decision })
      // Then none of them is decided, and nobody need be asked about the rest.
      if (decision.kind === 'wait') break
      if (decision.kind !== 'write') continue
      for (const changedRow of rowsIn(decision)) draft.set(recordKey(changedRow), changedRow)
      seq += rowsIn(decision).length
    }
    return judged
  }

  const take = ({ read, row, decision }: Judged): void => {
    const key = keyOf(namesOf(read))
    if (decision.kind === 'write') {
      for (const changedRow of rowsIn(decision)) {
        head += 1
        rows.set(recordKey(changedRow), changedRow)
        changed.set(recordKey(changedRow), changedRow)
      }
      results.set(read.index, keep(read, decision.verdict))
    } else if (decision.kind === 'refuse') {
      results.set(
        read.index,
        keep(read, finished(decision.verdict, { row, failedCreate: failedCreates.get(key), disclose })),
      )
    }
  }

  /** What server halves wrote for a unit that is not applied is undone. */
  const settleAll = (reads: readonly Addressable[]): Promise<JudgedUnit> => {
    const settle = async (): Promise<JudgedUnit> => {
      const judged = await judgeAll(reads)
      return { judged, settled: settleTransaction(judged) }
    }
    // By the collection: a plugin may make one operation of another.
    const mayRunHalf = reads.some((read) => gate.hasHalves(namesOf(read).collection))
    if (!mayRunHalf) return settle()
    return gate.attempt(async () => {
      const value = await settle()
      return { keep: value.settled.kind === 'apply', value }
    })
  }

  /** The operations of a unit that nobody decided before. */
  const decideUnit = async (reads: readonly Addressable[]): Promise<void> => {
    const earlier = earlierWaiting(reads)
    if (earlier !== undefined) return waitAll(reads, earlier)
    if (reads.some((read) => read.kind === 'sent' && read.operation.cancel === true)) {
      for (const read of reads) results.set(read.index, keep(read, { kind: 'cancelled' }))
      return
    }
    if (await isExpired(batch, gate, reads)) {
      for (const read of reads) results.set(read.index, keep(read, { kind: 'expired' }))
      return
    }
    const { judged, settled } = await settleAll(reads)
    switch (settled.kind) {
      case 'wait':
        return waitAll(reads, settled.reason)
      case 'apply':
        return judged.forEach(take)
      case 'refuse':
        for (const one of judged) {
          // What the others would have made of its record does not come to be: nobody may hear of it.
          const row = rows.get(keyOf(namesOf(one.read)))
          const verdict = asStored(settled.verdictOf(one), one.read, row)
          take({
            ...one,
            row: verdict.kind === 'conflict' || verdict.kind === 'rebase' ? row : one.row,
            decision: { kind: 'refuse', verdict },
          })
        }
    }
  }

  const asStored = (verdict: Verdict, read: Addressable, row: ServerRow | undefined): Verdict => {
    if (verdict.kind !== 'conflict' || verdict.serverVersion === row?.version) return verdict
    const payload = read.kind === 'sent' ? read.operation.payload : undefined
    return fromStored({ kind: 'conflict', fields: verdict.fields }, row, { clientId, payload, disclose })
  }

  const answerUnit = async (unit: Unit): Promise<void> => {
    const open: Addressable[] = []
    for (const read of unit) {
      if (read.kind === 'unreadable') {
        results.set(read.index, rejected(read.id, read.error))
        continue
      }
      const answer = answerAtOnce(read)
      if (answer !== undefined) results.set(read.index, answer)
      else open.push(read)
    }
    const [first] = open
    if (first === undefined) return
    const size = transactionOf(first)?.size ?? 1
    if (open.length === size) return decideUnit(open)
    waitAll(open, { code: 'OUT_OF_ORDER', message: `A transaction of ${size} has to come whole.` })
  }

  for (const unit of toUnits(batch.operations)) await answerUnit(unit)

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

interface JudgedUnit {
  readonly judged: readonly Judged[]
  readonly settled: Settled
}
