import { orderedText } from '../base/ordered-text.ts'
import { fieldReader, type ReadField } from '../model/field-path.ts'
import type { IndexFields } from '../model/indexes.ts'
import type { RecordData } from '../model/record.ts'
import { jsonEntry } from './json-entry.ts'
import { indexPrefix, type RecordAddress } from './keys.ts'

/**
 * The indexes of one scope's database, by collection and name. They are what every tab keeps, whatever version of the
 * app it runs: so they are always right, and a newer version's are kept by an older one too.
 */
export type IndexRegistry = Readonly<Record<string, Readonly<Record<string, StoredIndex>>>>

export interface StoredIndex {
  readonly fields: IndexFields
  /**
   * `building`: kept with each write; older records are still being put in. `ready`: complete. `removing`: not kept
   * any more, its entries are being removed.
   */
  readonly state: 'building' | 'ready' | 'removing'
}

export const indexRegistryEntry = jsonEntry<IndexRegistry>('table of indexes')

/** An index as it is kept: its place in the keys, and how its fields are read. */
interface KeptIndex {
  readonly name: string
  readonly readers: readonly ReadField[]
}

interface KnownRegistry {
  readonly registry: IndexRegistry
  readonly kept: ReadonlyMap<string, readonly KeptIndex[]>
}

const nothing: KnownRegistry = { registry: {}, kept: new Map() }

const toKnown = (registry: IndexRegistry): KnownRegistry => ({
  registry,
  kept: new Map(
    Object.entries(registry).map(([collection, indexes]) => [
      collection,
      Object.entries(indexes)
        .filter(([, { state }]) => state !== 'removing')
        .map(([name, { fields }]) => ({ name, readers: fields.map(fieldReader) })),
    ]),
  ),
})

/** The last one that was decoded: it is the same for nearly every step. */
let last = { text: '', known: nothing }

const known = (text: string | undefined): KnownRegistry => {
  if (text === undefined) return nothing
  if (text !== last.text) last = { text, known: toKnown(indexRegistryEntry.decode(text)) }
  return last.known
}

export const registryIn = (text: string | undefined): IndexRegistry => known(text).registry

/** The indexes of a collection that are complete, by the fields they are of. */
export const readyIndexes = (text: string | undefined, collection: string): readonly IndexFields[] =>
  Object.values(known(text).registry[collection] ?? {})
    .filter(({ state }) => state === 'ready')
    .map(({ fields }) => fields)

/** The keys of a record's entries in the indexes that are kept, by the index's name; none for no record. */
export const indexEntries = (
  text: string | undefined,
  { scope, collection, recordId }: RecordAddress,
  /** Only asked where the collection has an index. */
  shown: () => RecordData | undefined,
): ReadonlyMap<string, string> => {
  const indexes = known(text).kept.get(collection) ?? []
  const record = indexes.length === 0 ? undefined : shown()
  if (record === undefined) return new Map()
  return new Map(
    indexes.map(({ name, readers }) => {
      const values = readers.map((read) => orderedText(read(record))).join('')
      return [name, `${indexPrefix(scope, collection, name)}${values}/${recordId}`]
    }),
  )
}

/** What an index entry's key is made of. */
export const indexEntryOf = (
  key: string,
  prefix: string,
): { readonly values: string; readonly recordId: string } => {
  const end = key.lastIndexOf('/')
  return { values: key.slice(prefix.length, end), recordId: key.slice(end + 1) }
}
