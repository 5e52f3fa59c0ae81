import type { AnyCollection, TransactionCollection } from '@holdfast/core'

/** What of a mutation of TanStack DB is written. */
export interface Mutation {
  readonly type: 'insert' | 'update' | 'delete'
  readonly key: string
  /** The row as it is to be. */
  readonly modified: object
  /** Of it, the fields that are to change. */
  readonly changes: object
}

type Writes = Pick<TransactionCollection<AnyCollection>, 'create' | 'update' | 'delete'>

const writeOne = ({ create, update, delete: remove }: Writes, mutation: Mutation): Promise<unknown> => {
  switch (mutation.type) {
    case 'insert':
      return create({ ...mutation.modified, id: mutation.key })
    case 'update':
      return update(mutation.key, mutation.changes)
    case 'delete':
      return remove(mutation.key)
  }
}

/** The part of a client that writes, without the types of its schema; it checks each write against the schema itself. */
export interface Writer {
  readonly collections: Readonly<Record<string, Writes>>
  readonly transaction: (
    work: (transaction: { readonly collections: Readonly<Record<string, Writes>> }) => Promise<void>,
  ) => Promise<void>
}

const writesOf = (collections: Writer['collections'], name: string): Writes => {
  const writes = collections[name]
  if (writes === undefined) throw new TypeError(`The schema has no collection "${name}".`)
  return writes
}

/** Resolves once all of them are durable on this device; several are one transaction: all of them or none. */
export const writeMutations = async (
  { collections, transaction }: Writer,
  name: string,
  mutations: readonly Mutation[],
): Promise<void> => {
  const [first, ...others] = mutations
  if (first !== undefined && others.length === 0) {
    await writeOne(writesOf(collections, name), first)
    return
  }
  await transaction(async (inside) => {
    for (const mutation of mutations) await writeOne(writesOf(inside.collections, name), mutation)
  })
}
