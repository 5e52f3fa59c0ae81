import { isSyncError, type SyncError } from '@holdfast/core'
import { assertKnown } from './assert-known.ts'
import { fromError, type Judge } from './judge.ts'
import { placeIn } from './place.ts'

/** Of operations that are refused whatever their records are: a move to where its author may not go, what the database refuses. */
export const refusingJudge =
  (reason: SyncError): Judge =>
  async (batch, _gate, sent, { row, seq }) => {
    const place = placeIn(batch, seq)
    try {
      assertKnown(sent, row, batch.schema.version)
      return fromError(sent, place, reason)
    } catch (error) {
      if (!isSyncError(error)) throw error
      return fromError(sent, place, error)
    }
  }
