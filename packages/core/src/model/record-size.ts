import { encodePortable } from '../base/codec.ts'
import { SyncError } from '../base/errors.ts'
import { maxPayload, maxRecord } from '../protocol/parts.ts'
import type { RecordData } from './record.ts'

/**
 * A record that no answer could carry would stop everybody's pull.
 * @throws SyncError TOO_LARGE
 */
export const checkRecordSize = (data: RecordData): void => {
  const actual = encodePortable(data).length
  if (actual <= maxRecord) return
  const message = `The record would have ${actual} characters; the most is ${maxRecord}. Split it.`
  throw new SyncError('TOO_LARGE', message, { what: 'record', limit: maxRecord, actual })
}

/** @throws SyncError TOO_LARGE */
export const checkPayloadSize = (payload: string): void => {
  if (payload.length <= maxPayload) return
  throw new SyncError(
    'TOO_LARGE',
    `The change has ${payload.length} characters; the most is ${maxPayload}.`,
    { what: 'payload', limit: maxPayload, actual: payload.length },
  )
}
