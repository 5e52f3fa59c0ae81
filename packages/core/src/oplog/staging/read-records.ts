import type { Schema } from '../../model/schema.ts'
import type { Entry, ReadRequest } from '../../storage/contract.ts'
import type { Store } from '../../storage/store.ts'
import { noRecord, recordEntry, type RecordEntry } from '../entries.ts'
import { logKey, recordKey, type RecordAddress } from '../keys.ts'
import { isFolding, overlayOf, overlayRequests, overlaySize, type Answer } from './overlay.ts'

/**
 * Records of one scope as they are shown, in the order asked, staged rows that are being folded included. From one
 * snapshot; while nothing is folded in one round.
 */
export const readRecords = async (
  store: Store,
  schema: Schema,
  scope: string,
  addresses: readonly RecordAddress[],
): Promise<readonly RecordEntry[]> => {
  const plain: readonly ReadRequest[] = [
    { get: logKey(scope) },
    ...addresses.map((address) => ({ get: recordKey(address) })),
  ]
  const read = (requests: readonly ReadRequest[]): Promise<readonly Answer[]> => store.read(requests)
  const first = await read(plain)
  // From another snapshot, and so all of it anew.
  const whole = isFolding(first[0] as Entry | undefined)
    ? await read([...plain, ...addresses.flatMap(overlayRequests)])
    : first
  const counts = whole.length > plain.length && isFolding(whole[0] as Entry | undefined)
  return addresses.map((address, index) => {
    const start = plain.length + index * overlaySize
    const overlay = counts ? overlayOf(schema, whole.slice(start, start + overlaySize)) : undefined
    const stored = whole[index + 1] as Entry | undefined
    const own = stored === undefined ? noRecord : recordEntry.decode(stored.value)
    return overlay?.get(recordKey(address)) ?? own
  })
}
