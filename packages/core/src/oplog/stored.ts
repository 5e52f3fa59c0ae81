import type { Operation } from '../model/operation.ts'
import type { Entry } from '../storage/contract.ts'
import {
  cursorEntry,
  emptyLogHead,
  logHeadEntry,
  operationEntry,
  queueEntry,
  type LogHead,
} from './entries.ts'
import type { OperationAddress } from './keys.ts'

type Stored = Pick<Entry, 'value'> | undefined

export const logHeadOf = (value: string | undefined): LogHead =>
  value === undefined ? emptyLogHead : logHeadEntry.decode(value)

/** The empty cursor where there is none yet. */
export const cursorOf = (value: string | undefined): string =>
  value === undefined ? '' : cursorEntry.decode(value).cursor

/** The operations that were found, in the order asked. */
export const operationsOf = (found: readonly Stored[]): readonly Operation[] =>
  found.flatMap((stored) => (stored === undefined ? [] : [operationEntry.decode(stored.value)]))

/** Entries of a list of operations, and where the list is. */
export interface Listed {
  readonly prefix: string
  readonly entries: readonly Entry[]
}

/** The number that a key of the list ends with. */
export const localSeqIn = (prefix: string, { key }: Pick<Entry, 'key'>): number =>
  Number(key.slice(prefix.length))

/** Where the listed operations are, in the order of the list. */
export const addressesOf = (scope: string, { prefix, entries }: Listed): readonly OperationAddress[] =>
  entries.map((entry) => {
    const { collection, recordId } = queueEntry.decode(entry.value)
    return { scope, collection, recordId, localSeq: localSeqIn(prefix, entry) }
  })

interface Numbered {
  readonly localSeq: number
}

/** In the order made. */
export const byAge = (left: Numbered, right: Numbered): number => left.localSeq - right.localSeq
