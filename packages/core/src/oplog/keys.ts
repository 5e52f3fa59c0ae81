import { escapeKeyPart, joinKey, orderedNumber, unescapeKeyPart } from '../base/keys.ts'

/** Where things are on the device; the table is in docs/decisions/0002. */
export interface RecordAddress {
  readonly scope: string
  readonly collection: string
  readonly recordId: string
}

export interface OperationAddress extends RecordAddress {
  readonly localSeq: number
}

export const metaKey = 'meta'
/** Which scopes the device has joined. */
export const scopesKey = 'scopes'

const under = (place: string, scope: string): string => `${place}/${escapeKeyPart(scope)}`

export const logKey = (scope: string): string => under('log', scope)
/** The scope whose log the key names; undefined for other keys. */
export const scopeOfLogKey = (key: string): string | undefined =>
  key.startsWith('log/') ? unescapeKeyPart(key.slice('log/'.length)) : undefined

export const cursorKey = (scope: string): string => under('cursor', scope)

/** What there is once for each record. */
const onRecord =
  (place: string) =>
  ({ scope, collection, recordId }: RecordAddress): string =>
    `${under(place, scope)}/${escapeKeyPart(collection)}/${escapeKeyPart(recordId)}`

export const recordKey = onRecord('rec')
export const recordPrefix = (scope: string, collection: string): string =>
  collectionPrefix('rec', scope, collection)
/** All records of a scope. */
export const recordsPrefix = (scope: string): string => `${under('rec', scope)}/`
/** All of one kind that belongs to the records of a collection. */
export const collectionPrefix = (
  place: 'rec' | 'stage' | 'op' | 'conflict',
  scope: string,
  collection: string,
): string => `${joinKey(place, scope, collection)}/`

/** The next row of a record: under way, or (while a generation is folded) its base. */
export const stageKey = onRecord('stage')
export const stagePrefix = (scope: string): string => `${under('stage', scope)}/`
/** How far a generation is that is being staged. */
export const stagingKey = (scope: string): string => under('staging', scope)

/** Which indexes the scope's records are in. */
export const indexesKey = (scope: string): string => under('indexes', scope)

/** How far an index has been built that is not ready yet. */
export const builtKey = (scope: string, collection: string, index: string): string =>
  joinKey('built', scope, collection, index)

/** All entries of an index. Behind it come the ordered texts of the values, `/` and the record's id. */
export const indexPrefix = (scope: string, collection: string, index: string): string =>
  `${joinKey('idx', scope, collection, index)}/`

const operationsKey = onRecord('op')
export const operationPrefix = (address: RecordAddress): string => `${operationsKey(address)}/`
export const operationKey = (address: OperationAddress): string =>
  `${operationPrefix(address)}${orderedNumber(address.localSeq)}`

/** A list of operations of a scope, in the order made. */
const list = (place: string) => {
  const prefixOf = (scope: string): string => `${under(place, scope)}/`
  const keyOf = (scope: string, localSeq: number): string => `${prefixOf(scope)}${orderedNumber(localSeq)}`
  return [prefixOf, keyOf] as const
}

export const [queuePrefix, queueKey] = list('queue')
export const [waitingPrefix, waitingKey] = list('waiting')
export const [heldPrefix, heldKey] = list('held')

export const blockedKey = onRecord('blocked')

/** What was foreseen of a record whose operations wait for the app's word. */
export const riskKey = onRecord('risk')
export const riskPrefix = (scope: string): string => `${under('risk', scope)}/`

export const transactionKey = (scope: string, transactionId: string): string =>
  joinKey('tx', scope, transactionId)

export const [donePrefix, doneKey] = list('done')
export const [deadPrefix, deadKey] = list('dead')

/** Which decided operations a record has: an entry for each that is under `done`. */
export const pastPrefix = (address: RecordAddress): string => `${onPast(address)}/`
export const pastKey = (address: OperationAddress): string =>
  `${pastPrefix(address)}${orderedNumber(address.localSeq)}`
const onPast = onRecord('past')

/** What the archive of a scope knows. */
export const archiveKey = (scope: string): string => joinKey('archive', scope, 'state')

/** Applied operations that the server lost, as long as a reset is under way. */
export const lostPrefix = (scope: string): string => `${under('lost', scope)}/`
export const lostKey = (scope: string, localSeq: number): string =>
  `${lostPrefix(scope)}${orderedNumber(localSeq)}`

/** All operations of a scope that lie on their records. */
export const operationsPrefix = (scope: string): string => `${under('op', scope)}/`

/** Backups are the device's, not a scope's: they outlive it. */
export const backupsPrefix = 'backup/'
export const backupKey = (id: string): string => joinKey('backup', id)
export const backupPartsPrefix = (id: string): string => `${joinKey('kept', id)}/`
export const backupPartKey = (id: string, part: number): string =>
  `${backupPartsPrefix(id)}${orderedNumber(part)}`

export const conflictPrefix = (scope: string): string => `${under('conflict', scope)}/`
export const conflictKey = onRecord('conflict')

export const operationIdKey = (operationId: string): string => joinKey('id', operationId)

/**
 * Where everything is that a scope has besides its log, its cursor and how far a generation is: all of it goes when
 * the scope is left.
 */
export const scopePlaces = (scope: string): readonly string[] =>
  places.map((place) => `${under(place, scope)}/`)

const places = [
  ...['rec', 'stage', 'op', 'queue', 'held', 'blocked', 'waiting', 'done', 'dead', 'conflict'],
  ...['past', 'archive'],
  ...['tx', 'idx', 'built', 'lost', 'risk'],
]

/** The record that a `rec/`, `stage/` or `conflict/` key names; undefined for other keys. */
export const recordAddressOf = (key: string): RecordAddress | undefined => {
  const [place, scope, collection, recordId, ...rest] = key.split('/')
  if (place !== 'rec' && place !== 'stage' && place !== 'conflict') return undefined
  if (scope === undefined || collection === undefined || recordId === undefined || rest.length > 0)
    return undefined
  return {
    scope: unescapeKeyPart(scope),
    collection: unescapeKeyPart(collection),
    recordId: unescapeKeyPart(recordId),
  }
}
