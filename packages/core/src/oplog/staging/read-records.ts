import type { Schema } from '../../model/schema.ts'
import type { Entry, ReadRequest } from '../../storage/contract.ts'
import type { Store } from '../../storage/store.ts'
import { recordEntry, type RecordEntry } from '../entries.ts'
import { logKey, recordKey, recordPrefix } from '../keys.ts'
import { isFolding, overlayOf, overlayRequests, overlaySize, type Answer, type Shown } from './overlay.ts'

export interface ReadRecords {
  /** For each of the places asked for: its records as they are shown now, by `recordKey`. */
  readonly records: readonly ReadonlyMap<string, RecordEntry>[]
  /** The revision of each scope's log: `records` has everything up to there. */
  readonly positions: ReadonlyMap<string, number>
}

/**
 * Reads records as they are shown, staged rows that are being folded included, from one snapshot. All who read
 * records to show them read them here; while nothing is folded that costs nothing.
 */
export const readRecords = async (
  store: Store,
  schema: Schema,
  places: readonly Shown[],
): Promise<ReadRecords> => {
  const scopes = [...new Set(places.map(({ scope }) => scope))]
  const logs = scopes.map((scope): ReadRequest => ({ get: logKey(scope) }))
  const plain = [...logs, ...places.map(toRequest)]
  const answers = await readAll(store, plain)
  const isPlain = !scopes.some((_, index) => isFolding(answers[index] as Entry | undefined))
  // From another snapshot, and so all of it anew.
  const whole = isPlain ? answers : await readAll(store, [...plain, ...places.flatMap(overlayRequests)])

  const positions = scopes.map((scope, index): [string, number] => [
    scope,
    (whole[index] as Entry | undefined)?.revision ?? 0,
  ])
  const records = places.map((place, index) => {
    const stored = toRecords(whole[scopes.length + index])
    const first = plain.length + index * overlaySize
    const counts = !isPlain && isFolding(whole[scopes.indexOf(place.scope)] as Entry | undefined)
    if (!counts) return stored
    return new Map([...stored, ...overlayOf(schema, whole.slice(first, first + overlaySize))])
  })
  return { records, positions: new Map(positions) }
}

const readAll = (store: Store, requests: readonly ReadRequest[]): Promise<readonly Answer[]> =>
  store.read(requests)

const toRequest = ({ scope, collection, recordId }: Shown): ReadRequest =>
  recordId === undefined
    ? { scan: recordPrefix(scope, collection) }
    : { get: recordKey({ scope, collection, recordId }) }

const toRecords = (answer: Answer): ReadonlyMap<string, RecordEntry> => {
  const entries = answer === undefined ? [] : 'key' in answer ? [answer] : answer
  return new Map(entries.map(({ key, value }) => [key, recordEntry.decode(value)]))
}
