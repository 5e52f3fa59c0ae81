import { ownMember } from '../base/objects.ts'
import type { Operation } from '../model/operation.ts'
import { deletedField } from '../model/record.ts'
import type { AnyOperation, Schema } from '../model/schema.ts'
import { namedOperation } from '../model/validate.ts'
import { maxPreflightEntities, type PreflightEntity } from '../protocol/preflight.ts'
import type { Store } from '../storage/store.ts'
import type { LostHistory } from './entries.ts'
import { historyOf } from './lost-history.ts'
import { cursorKey, heldPrefix, logKey, operationKey, queuePrefix } from './keys.ts'
import { addressesOf, cursorOf, logHeadOf, operationsOf } from './stored.ts'

/** What some of the queue's operations would change, without any value. */
export interface IntendedChanges {
  readonly entities: readonly PreflightEntity[]
  /** Which those are, in the order made. */
  readonly operations: readonly Operation[]
  readonly counts: { readonly pending: number; readonly sent: number }
  readonly oldestTimestamp: number | undefined
  readonly opVersions: readonly string[]
  readonly cursor: string
  /** Where to go on; undefined: these were the last ones. */
  readonly next: IntendedPlace | undefined
}

/** Behind one of the queue, or of those that are held back. */
export interface IntendedPlace {
  readonly list: 'queue' | 'held'
  readonly after: string | undefined
}

/** Reads what is undecided, the queue first. @param most so many operations at a time; at most what one preflight may name */
export const readIntended = async (
  store: Store,
  schema: Schema,
  scope: string,
  { list, after }: IntendedPlace = { list: 'queue', after: undefined },
  most = maxPreflightEntities,
): Promise<IntendedChanges> => {
  const prefix = list === 'queue' ? queuePrefix(scope) : heldPrefix(scope)
  const [log, cursor, queued] = await store.read([
    { get: logKey(scope) },
    { get: cursorKey(scope) },
    { scan: prefix, after, limit: most },
  ])
  const addresses = addressesOf(scope, { prefix, entries: queued })
  const stored = await store.read(addresses.map((address) => ({ get: operationKey(address) })))
  // One that was decided meanwhile is no longer intended.
  const operations = operationsOf(stored)
  const { pending, sent, held, lostHistory } = logHeadOf(log?.value)
  const isFull = queued.length === most
  const further: IntendedPlace | undefined = isFull
    ? { list, after: queued.at(-1)?.key }
    : { list: 'held', after: undefined }
  const [oldest] = operations.map(({ timestamp }) => timestamp).sort((left, right) => left - right)
  return {
    entities: toEntities(schema, operations, lostHistory),
    operations,
    counts: { pending, sent },
    oldestTimestamp: oldest,
    opVersions: [...new Set(operations.map(({ opVersion }) => opVersion))],
    cursor: cursorOf(cursor?.value),
    next: isFull || (list === 'queue' && held > 0) ? further : undefined,
  }
}

/**
 * Operations on one record whose authors saw the same version of one history are one entity; deletions and those of each name are one by
 * themselves.
 */
const toEntities = (
  schema: Schema,
  operations: readonly Operation[],
  lost: LostHistory | undefined,
): readonly PreflightEntity[] => {
  const entities = new Map<string, PreflightEntity>()
  for (const operation of operations) {
    const { collection, recordId, baseVersion } = operation
    const named = namedIn(schema, operation)
    const type = named === undefined ? undefined : operation.type
    const isDeletion = operation.fields.length === 1 && operation.fields[0] === deletedField
    const history = historyOf(operation, lost)
    const kind = isDeletion ? '$deleted' : (type ?? '')
    const key = `${collection}/${recordId}/${baseVersion}/${history.history ?? ''}/${kind}`
    const known = entities.get(key)?.fields ?? []
    const fields = [...new Set([...known, ...operation.fields, ...(named?.reads ?? [])])].sort()
    const entity = { collection, id: recordId, baseVersion, fields, ...history }
    entities.set(key, type === undefined ? entity : { ...entity, operation: type })
  }
  return [...entities.values()]
}

const namedIn = ({ collections }: Schema, { collection, type }: Operation): AnyOperation | undefined => {
  const definition = ownMember(collections, collection)
  return definition === undefined ? undefined : namedOperation(definition, type)
}
