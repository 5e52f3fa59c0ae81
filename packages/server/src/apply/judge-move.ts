import { isSyncError, SyncError } from '@holdfast/core'
import {
  collectionOf,
  decideMove,
  decodeMove,
  type Decision,
  type Place,
  type ServerRow,
  type WireOperation,
} from '@holdfast/core/protocol'
import { assertKnown } from './assert-known.ts'
import type { Batch, Gate } from './batch.ts'
import { candidateOf } from './candidate.ts'
import type { Spot } from './decision.ts'
import { readOnlyRecords } from './further-records.ts'
import { fromError, type Judge } from './judge.ts'
import { liveData } from './live-data.ts'
import { placeIn } from './place.ts'

/** The scope that a record goes to, under its lock. */
export interface MoveTarget {
  readonly scope: string
  /** What it has under the record's id. */
  readonly row: ServerRow | undefined
  /** The feed position that the record would get there. */
  readonly seq: number
  /** Of a record that is not there. */
  readonly firstVersion: number
  /** Rejects when the scope is not the caller's: then nothing is told of what is there. */
  readonly enter: () => Promise<void>
  /** Rejects when the caller may not put the record there. */
  readonly permit: Gate['permit']
  /** Any record of the scope. */
  readonly find: Spot['find']
}

export interface MoveJudge {
  readonly judge: Judge
  /** The record in its new scope, once it was judged to go there. */
  readonly arrived: () => ServerRow | undefined
}

/** Judges the one operation of a batch that is a move: both sides have a say [AP29]. */
export const createMoveJudge = (target: MoveTarget): MoveJudge => {
  let arrived: ServerRow | undefined

  const decide = async (
    batch: Batch,
    gate: Gate,
    sent: WireOperation,
    { row, find }: Spot,
    from: Place,
  ): Promise<Decision> => {
    assertKnown(sent, row, batch.schema.version)
    // What a hook makes of it counts, but not where it goes: that scope is locked.
    const operation = { ...sent, timestamp: (await gate.prepare(sent)).timestamp }
    const { to, patch } = decodeMove(operation.payload)
    if (to !== target.scope)
      throw new SyncError('INVALID', 'The record is in that scope already.', { path: 'to' })
    await target.enter()
    const asked = { operation, now: batch.now }
    const leaving = { ...asked, before: liveData(row), records: readOnlyRecords(find) }
    await gate.admit(leaving)
    const decision = decideMove(
      collectionOf(batch.schema, operation.collection),
      { from: row, to: target.row },
      candidateOf(batch, operation),
      { patch, places: { from, to: { ...from, seq: target.seq, firstVersion: target.firstVersion } } },
    )
    if (decision.kind === 'refuse') return decision
    await gate.permit({ ...leaving, after: undefined, settled: undefined })
    const there = { before: undefined, records: readOnlyRecords(target.find) }
    await target.permit({ ...asked, ...there, after: liveData(decision.arrived), settled: undefined })
    arrived = decision.arrived
    return { kind: 'write', row: decision.left, verdict: decision.verdict }
  }

  return {
    async judge(batch, gate, sent, spot) {
      const from = placeIn(batch, spot.seq)
      try {
        return await decide(batch, gate, sent, spot, from)
      } catch (error) {
        if (!isSyncError(error)) throw error
        return fromError(sent, from, error)
      }
    },
    arrived: () => arrived,
  }
}
