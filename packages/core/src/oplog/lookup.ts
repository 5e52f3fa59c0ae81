import type { Operation, OperationStatus } from '../model/operation.ts'
import type { Store } from '../storage/store.ts'
import { addressEntry, conflictEntry } from './entries.ts'
import {
  conflictPrefix,
  deadPrefix,
  doneKey,
  donePrefix,
  heldPrefix,
  logKey,
  operationIdKey,
  operationKey,
  operationPrefix,
  pastPrefix,
  queuePrefix,
  recordAddressOf,
  recordKey,
  waitingPrefix,
  type OperationAddress,
  type RecordAddress,
} from './keys.ts'
import { addressesOf, byAge, localSeqIn, logHeadOf, operationsOf } from './stored.ts'

/** Finds operations wherever they stand. */
export interface OperationLookup {
  readonly get: (operationId: string) => Promise<Operation | undefined>
  /** In the order made, of one status or all. */
  readonly list: (scope: string, status?: OperationStatus) => Promise<readonly Operation[]>
  /** Rejected operations, in the order made. */
  readonly dead: (scope: string) => Promise<readonly Operation[]>
  /** Everything that was ever done to a record and is still known, in the order made. */
  readonly history: (address: RecordAddress) => Promise<readonly Operation[]>
}

export const createOperationLookup = (store: Store): OperationLookup => {
  const readAll = async (keys: readonly string[]): Promise<readonly Operation[]> => {
    return operationsOf(await store.read(keys.map((key) => ({ get: key }))))
  }

  const listedUnder = async (scope: string, prefix: string): Promise<readonly string[]> => {
    const [entries] = await store.read([{ scan: prefix }])
    return addressesOf(scope, { prefix, entries }).map(operationKey)
  }

  const inConflict = async (scope: string): Promise<readonly string[]> => {
    const [entries] = await store.read([{ scan: conflictPrefix(scope) }])
    return entries.flatMap(({ key, value }) => {
      const address = recordAddressOf(key)
      if (address === undefined) return []
      return conflictEntry
        .decode(value)
        .operations.map(({ localSeq }) => operationKey({ ...address, localSeq }))
    })
  }

  const done = async (scope: string): Promise<readonly Operation[]> => {
    const [entries] = await store.read([{ scan: donePrefix(scope) }])
    return operationsOf(entries)
  }

  return {
    async get(operationId) {
      // It may move from one place to the other between two reads: then the second look finds it.
      for (let look = 0; look < 2; look += 1) {
        const [index] = await store.read([{ get: operationIdKey(operationId) }])
        if (index === undefined) return undefined
        const address: OperationAddress = addressEntry.decode(index.value)
        const [operation] = await readAll([operationKey(address), doneKey(address.scope, address.localSeq)])
        if (operation !== undefined) return operation
      }
      return undefined
    },
    async list(scope, status) {
      const open = [
        ...(await listedUnder(scope, queuePrefix(scope))),
        ...(await listedUnder(scope, heldPrefix(scope))),
        ...(await listedUnder(scope, waitingPrefix(scope))),
        ...(await inConflict(scope)),
      ]
      const all = [...(await readAll(open)), ...(await done(scope))]
      return inOrder(all).filter((operation) => status === undefined || operation.status === status)
    },
    async history(address) {
      const { scope } = address
      const prefix = pastPrefix(address)
      const [open, past, log] = await store.read([
        { scan: operationPrefix(address) },
        { scan: prefix },
        { get: logKey(scope) },
      ])
      const decided =
        logHeadOf(log?.value).past === true
          ? await readAll(past.map((entry) => doneKey(scope, localSeqIn(prefix, entry))))
          : (await done(scope)).filter((operation) => recordKey(operation) === recordKey(address))
      return inOrder([...decided, ...operationsOf(open)])
    },
    async dead(scope) {
      const prefix = deadPrefix(scope)
      const [entries] = await store.read([{ scan: prefix }])
      return readAll(entries.map((entry) => doneKey(scope, localSeqIn(prefix, entry))))
    },
  }
}

/** One that moved to another place between two reads was found in both. */
const inOrder = (operations: readonly Operation[]): readonly Operation[] =>
  [...new Map(operations.map((operation) => [operation.localSeq, operation])).values()].sort(byAge)
