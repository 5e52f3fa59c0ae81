import { encodePortable } from '../base/codec.ts'
import { checkSize } from '../base/size.ts'
import { maxPayload, maxRecord } from '../protocol/parts.ts'
import type { RecordData } from './record.ts'

/**
 * A record that no answer could carry would stop everybody's pull.
 * @throws SyncError TOO_LARGE
 */
export const checkRecordSize = (data: RecordData): void => {
  const actual = encodePortable(data).length
  const size = { what: 'record', limit: maxRecord, actual }
  checkSize(size, `The record would have ${actual} characters`, 'Split it.')
}

/** @throws SyncError TOO_LARGE */
export const checkPayloadSize = (payload: string): void => {
  const size = { what: 'payload', limit: maxPayload, actual: payload.length }
  checkSize(size, `The change has ${size.actual} characters`)
}
