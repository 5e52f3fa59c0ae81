import { SyncError } from '@holdfast/core'
import {
  collectionOf,
  replaceRecord,
  serverAuthor,
  type Candidate,
  type Place,
  type Replacement,
  type Schema,
  type ServerRow,
} from '@holdfast/core/protocol'
import type { RecordAddress } from '../store/contract.ts'
import { recordKey } from '../store/record-key.ts'
import { liveData } from './live-data.ts'
import type { FurtherRecords } from './server-half.ts'

export interface FurtherWork {
  readonly records: FurtherRecords
  /** The rows that came of it, from the place's seq on. Calls after this one fail. */
  readonly finish: () => readonly FurtherChange[]
}

export interface FurtherChange {
  readonly collection: string
  readonly before: ServerRow | undefined
  readonly row: ServerRow
}

interface FurtherWorkOptions {
  readonly schema: Schema
  /** The operation whose half it is. */
  readonly candidate: Candidate
  readonly place: Place
  readonly find: (address: RecordAddress) => Promise<ServerRow | undefined>
}

type Wanted = Pick<Replacement, 'definition' | 'row' | 'data' | 'candidate'>

/** What one server half does to records besides its own. Nothing of it counts before `finish`. */
export const createFurtherRecords = ({ schema, candidate, place, find }: FurtherWorkOptions): FurtherWork => {
  const wanted = new Map<string, Wanted>()
  const own = recordKey({ collection: candidate.collection, id: candidate.recordId })
  let isOpen = true

  const addressOf = (collection: string, id: string): RecordAddress => {
    if (!isOpen) throw new Error('The server half is over: await all that it does.')
    if (!Object.hasOwn(schema.collections, collection))
      throw new Error(`The schema has no collection "${collection}".`)
    return { collection, id }
  }

  const change = async (address: RecordAddress, data: unknown): Promise<void> => {
    const key = recordKey(address)
    if (key === own) throw new Error("Of the operation's own record return what it should be.")
    const { collection, id } = address
    const row = wanted.get(key)?.row ?? (await find(address))
    const author = { clientId: serverAuthor, baseVersion: row?.version ?? 0, timestamp: place.now }
    const next: Wanted = {
      definition: collectionOf(schema, collection),
      row,
      data: data === undefined ? undefined : asRecord(data),
      candidate: { ...candidate, ...author, collection, recordId: id },
    }
    // What is wrong with it is told to the call that did it.
    replaceRecord({ ...next, place })
    wanted.set(key, next)
  }

  return {
    records: {
      async get(collection, id) {
        const address = addressOf(collection, id)
        const known = wanted.get(recordKey(address))
        const row =
          known === undefined ? await find(address) : (replaceRecord({ ...known, place }) ?? known.row)
        return structuredClone(liveData(row))
      },
      async put(collection, id, data) {
        await change(addressOf(collection, id), asRecord(data))
      },
      async delete(collection, id) {
        await change(addressOf(collection, id), undefined)
      },
    },
    finish() {
      isOpen = false
      const changes: FurtherChange[] = []
      for (const { row: before, ...rest } of wanted.values()) {
        const row = replaceRecord({
          ...rest,
          row: before,
          place: { ...place, seq: place.seq + changes.length },
        })
        if (row !== undefined) changes.push({ collection: row.collection, before, row })
      }
      return changes
    },
  }
}

/** Of a scope in which nothing may be changed now. */
export const readOnlyRecords = (find: FurtherWorkOptions['find']): FurtherRecords => {
  const refuse = async (): Promise<never> => {
    throw new Error('While a record moves to another scope nothing else can be changed with it.')
  }
  return {
    get: async (collection, id) => structuredClone(liveData(await find({ collection, id }))),
    put: refuse,
    delete: refuse,
  }
}

const asRecord = (data: unknown): Readonly<Record<string, unknown>> => {
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return structuredClone({ ...data })
  throw new SyncError('INVALID', 'A record must be an object.', { path: '' })
}
