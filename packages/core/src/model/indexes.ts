import type * as z from 'zod/v4/core'
import { SyncError } from '../base/errors.ts'
import { escapeKeyPart } from '../base/keys.ts'
import { kindsAt } from './field-types.ts'

/** The paths of one index, the one that weighs most first. */
export type IndexFields = readonly string[]

/** So that a key has room for the values of all its fields (docs/decisions/0009). */
const mostFields = 4
const longestName = 160
/** Each is written with each record. */
const mostIndexes = 16

/** Kinds of value that have no order worth an index. */
const unordered: ReadonlySet<string> = new Set(['object', 'array', 'tuple', 'record', 'map', 'set'])

/** The name under which an index is kept: of other fields, or another order of them, it is another. */
export const indexName = (fields: IndexFields): string => fields.join(':')

/** @throws SyncError MISCONFIGURED naming the index that is wrong */
export const checkIndexes = (
  collection: string,
  fields: z.$ZodObject,
  indexes: readonly IndexFields[],
): void => {
  const refuse = (reason: string): never => {
    throw new SyncError('MISCONFIGURED', `In the collection "${collection}", ${reason}.`, {
      option: `schema.collections.${collection}.indexes`,
    })
  }
  if (indexes.length > mostIndexes)
    refuse(`there are ${indexes.length} indexes; the most is ${mostIndexes}, since each write keeps them all`)
  const names = new Set<string>()
  for (const index of indexes) {
    const name = indexName(index)
    if (index.length === 0) refuse('an index names no field')
    if (index.includes('id')) refuse('an index names the id: it comes last in every index by itself')
    if (names.has(name)) refuse(`the index "${name}" is there twice`)
    names.add(name)
    if (index.length > mostFields) refuse(`the index "${name}" has more than ${mostFields} fields`)
    if (new Set(index).size < index.length) refuse(`the index "${name}" names a field twice`)
    if (escapeKeyPart(name).length > longestName)
      refuse(`the index "${name}" has too long a name: ${longestName} characters at most`)
    for (const path of index) checkPath(path, kindsAt(fields, path), refuse)
  }
}

const checkPath = (path: string, kinds: ReadonlySet<string>, refuse: (reason: string) => never): void => {
  if (kinds.size === 0) refuse(`an index names "${path}", and there is no such field`)
  const [kind] = [...kinds].filter((one) => unordered.has(one))
  if (kind !== undefined)
    refuse(
      `an index names "${path}", which may hold a value of type ${kind}; index a field of it, or another one`,
    )
}
