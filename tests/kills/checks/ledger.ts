import { decodePortable } from '@holdfast/core/protocol'
import type { Found, FoundOperation, Told } from '../app/told.ts'
import { keyOf, numberOf, type Write } from '../app/writes.ts'
import { difference, rowsAfter, textOf, textsOf } from './rows.ts'

/** What a device has told over all its lives, held against what it finds after each of its ends. */
export interface Ledger {
  readonly device: string
  readonly hear: (told: Told) => void
  /** The number of the first write of the next life. */
  readonly next: () => number
  /** The write of each operation that was found last. */
  readonly writesById: () => ReadonlyMap<string, Write>
  readonly lastFound: () => Found | undefined
  /** Its records as it showed them last, one text each, sorted. */
  readonly lastShown: () => readonly string[]
  readonly violations: readonly string[]
  readonly counts: () => LedgerCounts
}

export interface LedgerCounts {
  /** Writes whose promise resolved. */
  readonly acknowledged: number
  /** Writes that were under way at an end, and were found later. */
  readonly survived: number
  /** The same, and not found. */
  readonly vanished: number
  /** How often what a device found was checked. */
  readonly checks: number
  /** Starts that found operations sent, and no word of what became of them. */
  readonly unanswered: number
  /** Operations that the server decided by an answer that never came. */
  readonly answersLost: number
}

interface Begun {
  readonly write: Write
  /** The marks of its transaction. */
  readonly group: readonly string[]
}

export interface LedgerOptions {
  readonly device: string
  /** False where others write to the same records: then what is shown is not the device's own work alone. */
  readonly isAlone: boolean
  /** True where the server may forget what it applied: then an operation that was applied may have to go again. */
  readonly mayGoBack?: boolean
}

export const createLedger = ({ device, isAlone, mayGoBack = false }: LedgerOptions): Ledger => {
  const begun = new Map<string, Begun>()
  const acknowledged = new Map<string, string>()
  /** Each operation that was ever found, and the last fate that it had. */
  const known = new Map<string, FoundOperation['fate']>()
  const violations: string[] = []
  let lastFound: Found | undefined
  let writesById: ReadonlyMap<string, Write> = new Map()
  let checks = 0
  let unanswered = 0
  let answersLost = 0
  const complain = (text: string): void => void violations.push(`${device}: ${text}`)

  const writeOf = ({ id, type, collection, recordId, payload }: FoundOperation): Write | undefined => {
    // A deletion carries no mark. One that vanished with its process may have been begun again.
    if (type === 'delete') {
      const wanted = keyOf({ collection: collection as Write['collection'], recordId })
      const isIt = ({ write }: Begun): boolean => write.kind === 'delete' && keyOf(write) === wanted
      return writesById.get(id) ?? [...begun.values()].findLast(isIt)?.write
    }
    const { mark, title } = decodePortable(payload) as { readonly mark?: string; readonly title?: string }
    const write = begun.get(mark ?? title ?? '')?.write
    const isSame = write?.kind === type && write.collection === collection && write.recordId === recordId
    return isSame ? write : undefined
  }

  const checkOperations = ({ operations }: Found): ReadonlyMap<string, Write> => {
    const writes = new Map<string, Write>()
    for (const operation of operations) {
      const write = writeOf(operation)
      if (write === undefined)
        complain(`there is an operation that nobody made: ${JSON.stringify(operation)}`)
      else writes.set(operation.id, write)
      const before = known.get(operation.id)
      if (!mayGoBack && before === 'applied' && operation.fate !== before)
        complain(`${operation.id} was ${before} and is ${operation.fate} now`)
      known.set(operation.id, operation.fate)
    }
    for (const id of known.keys()) if (!writes.has(id)) complain(`operation ${id} was there and is gone`)
    const numbers = [...writes.values()].map(({ mark }) => numberOf(mark))
    if (new Set(numbers).size !== numbers.length) complain('a write is there twice')
    if (numbers.some((number, index) => number < (numbers[index - 1] ?? 0)))
      complain('operations are not in the order made')
    return writes
  }

  const checkAcknowledged = (writes: ReadonlyMap<string, Write>): void => {
    for (const [mark, operationId] of acknowledged) {
      if (writes.get(operationId)?.mark !== mark) complain(`write ${mark} was acknowledged and is lost`)
    }
    const present = new Set([...writes.values()].map(({ mark }) => mark))
    for (const [mark, { group }] of begun) {
      if (present.has(mark) && !group.every((other) => present.has(other)))
        complain(`of the transaction of ${mark} only a part is there`)
    }
  }

  const checkRecords = ({ records }: Found, writes: ReadonlyMap<string, Write>): void => {
    const expected = textsOf(rowsAfter([...writes.values()]))
    for (const text of difference(expected, textsOfShown(records), ['by its operations', 'shown']))
      complain(text)
  }

  const check = (found: Found): void => {
    checks += 1
    if (found.operations.some(({ fate }) => fate === 'sent')) unanswered += 1
    const writes = checkOperations(found)
    checkAcknowledged(writes)
    if (isAlone) checkRecords(found, writes)
    writesById = writes
    lastFound = found
  }

  return {
    device,
    violations,
    writesById: () => writesById,
    lastFound: () => lastFound,
    lastShown: () => textsOfShown(lastFound?.records ?? []),
    next: () => Math.max(0, ...[...begun.keys()].map(numberOf)) + 1,
    counts: () => {
      const present = new Set([...writesById.values()].map(({ mark }) => mark))
      const inFlight = [...begun.keys()].filter((mark) => !acknowledged.has(mark))
      const survived = inFlight.filter((mark) => present.has(mark)).length
      const vanished = inFlight.length - survived
      return { acknowledged: acknowledged.size, survived, vanished, checks, unanswered, answersLost }
    },
    hear(told) {
      switch (told.kind) {
        case 'opens':
        case 'syncs':
        case 'rests':
          return
        case 'begins': {
          const marks = told.writes.map(({ mark }) => mark)
          for (const write of told.writes)
            begun.set(write.mark, { write, group: told.together ? marks : [write.mark] })
          return
        }
        case 'wrote':
          for (const { mark, operationId } of told.receipts) acknowledged.set(mark, operationId)
          return
        case 'works':
          return check(told.found)
        case 'answerLost':
          answersLost += told.operations
          return
        case 'settled':
          check(told.found)
          if (told.state !== settledState) complain(`it ended as ${told.state}`)
          return
        case 'failed':
          return complain(told.reason)
      }
    },
  }
}

const textsOfShown = (records: Found['records']): readonly string[] =>
  records
    .map(({ collection, id, title, marks }) => textOf(keyOf({ collection, recordId: id }), title, marks))
    .toSorted()

/** Where a device stands in the end: nobody has to decide anything. */
const settledState = 'synced, 0 conflicts, 0 dead letters'
