import { SyncError } from '@holdfast/core'
import {
  collectionOf,
  entityId,
  isFieldChange,
  replaceRecord,
  serverAuthor,
  type Candidate,
  type Place,
  type RecordData,
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
  /** On whose behalf; its collection and record are replaced by those of each change. */
  readonly candidate: Candidate
  /** A record that is not to be changed here. */
  readonly own?: RecordAddress | undefined
  readonly place: Place
  readonly find: (address: RecordAddress) => Promise<ServerRow | undefined>
}

type Wanted = Pick<Replacement, 'definition' | 'row' | 'data' | 'candidate'>

/** What server code does to records. Nothing of it counts before `finish`. */
export const createFurtherRecords = (options: FurtherWorkOptions): FurtherWork => {
  const { schema, candidate, place, find } = options
  const wanted = new Map<string, Wanted>()
  const own = options.own && recordKey(options.own)
  let isOpen = true

  const addressOf = (collection: string, id: string): RecordAddress => {
    if (!entityId.safeParse(id).success) throw badId()
    if (!isOpen) throw new Error('The function is over that got these records: await all that it does.')
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

  const read = async (address: RecordAddress): Promise<RecordData | undefined> => {
    const known = wanted.get(recordKey(address))
    const row = known === undefined ? await find(address) : (replaceRecord({ ...known, place }) ?? known.row)
    return structuredClone(liveData(row))
  }

  return {
    records: {
      async get(collection, id) {
        return read(addressOf(collection, id))
      },
      async update(collection, id, patch) {
        const address = addressOf(collection, id)
        const record = await read(address)
        if (record === undefined) throw notFound(address)
        await change(address, { ...record, ...given(asRecord(patch)) })
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
    update: refuse,
    put: refuse,
    delete: refuse,
  }
}

const asRecord = (data: unknown): Readonly<Record<string, unknown>> => {
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return copyOf({ ...data })
  throw new SyncError('INVALID', 'A record must be an object.', { path: '' })
}

/** Of changes of typed fields a copy would be none: it loses the mark that makes it one. They can't be changed anyway. */
const copyOf = (record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(record).map(([field, value]) => [
      field,
      isFieldChange(value) ? value : structuredClone(value),
    ]),
  )

/** Without what an app left out by writing `undefined`. */
const given = (patch: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))

const badId = (): SyncError => {
  const reason = 'an id is 1 to 64 letters, digits, _ or -'
  return new SyncError('INVALID', `id: ${reason}.`, { path: 'id', reason })
}

const notFound = ({ collection, id }: RecordAddress): SyncError =>
  new SyncError('NOT_FOUND', `There is no record "${id}" in "${collection}" in this scope; put it instead.`, {
    collection,
    recordId: id,
  })
