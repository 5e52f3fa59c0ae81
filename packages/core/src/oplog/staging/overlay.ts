import type { Operation } from '../../model/operation.ts'
import type { Schema } from '../../model/schema.ts'
import type { Entry, ReadRequest } from '../../storage/contract.ts'
import { noRecord, operationEntry, recordEntry, type RecordEntry } from '../entries.ts'
import {
  collectionPrefix,
  conflictKey,
  operationPrefix,
  recordAddressOf,
  recordKey,
  stageKey,
  type RecordAddress,
} from '../keys.ts'
import { show, withoutOverwritten } from '../rebase.ts'
import { logHeadOf } from '../stored.ts'
import { addTouched } from '../touched.ts'

/** A record, or all records of a collection. */
export interface Shown {
  readonly scope: string
  readonly collection: string
  readonly recordId?: string | undefined
}

export type Answer = Entry | undefined | readonly Entry[]

/** True where staged rows count as bases, so that the records' own entries are not the whole truth. */
export const isFolding = (log: Entry | undefined): boolean => logHeadOf(log?.value).folding !== undefined

/** What `overlayOf` needs, to be read in the same snapshot as the records. */
export const overlayRequests = ({ scope, collection, recordId }: Shown): readonly ReadRequest[] => {
  if (recordId === undefined) {
    return [
      { scan: collectionPrefix('stage', scope, collection) },
      { scan: collectionPrefix('op', scope, collection) },
      { scan: collectionPrefix('conflict', scope, collection) },
    ]
  }
  const address = { scope, collection, recordId }
  return [{ get: stageKey(address) }, { scan: operationPrefix(address) }, { get: conflictKey(address) }]
}

/** The answers to this many requests make one overlay. */
export const overlaySize = 3

/**
 * While a generation is folded: the records with a staged row as the app sees them, by `recordKey`. Their own
 * entries (and whatever was derived from those) do not count; all other records are as their entries say.
 */
export const overlayOf = (schema: Schema, answers: readonly Answer[]): ReadonlyMap<string, RecordEntry> => {
  const [staged, operations, conflicts] = answers.map(toList)
  const operationsByRecord = new Map<string, Operation[]>()
  for (const { value } of operations ?? []) {
    const operation = operationEntry.decode(value)
    const onRecord = operationsByRecord.get(recordKey(operation))
    if (onRecord === undefined) operationsByRecord.set(recordKey(operation), [operation])
    else onRecord.push(operation)
  }
  const conflictsByKey = new Map(conflicts?.map(({ key, value }) => [key, value]))
  return new Map(
    (staged ?? []).flatMap((entry): [string, RecordEntry][] => {
      const address = recordAddressOf(entry.key)
      if (address === undefined) return []
      const layers = {
        staged: recordEntry.decode(entry.value),
        operations: operationsByRecord.get(recordKey(address)) ?? [],
        conflict: conflictsByKey.get(conflictKey(address)),
      }
      return [[recordKey(address), overlaid(schema, address, layers)]]
    }),
  )
}

const toList = (answer: Answer): readonly Entry[] => {
  if (answer === undefined) return []
  return 'key' in answer ? [answer] : answer
}

interface StagedLayers {
  readonly staged: RecordEntry
  readonly operations: readonly Operation[]
  readonly conflict: string | undefined
}

const overlaid = (
  schema: Schema,
  { collection }: RecordAddress,
  { staged, operations, conflict }: StagedLayers,
): RecordEntry => {
  if (operations.length === 0) return staged
  const changes = operations.map((operation) => withoutOverwritten(operation, conflict))
  return {
    base: staged.base,
    overlay: operations.length,
    touched: operations.reduce(addTouched, noRecord.touched),
    shown: show(schema, collection, { base: staged.base, changes }),
  }
}
