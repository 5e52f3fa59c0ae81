import { decodePortable } from '../base/codec.ts'
import { ownMember } from '../base/objects.ts'
import { putType } from './put.ts'
import type { Schema } from './schema.ts'

interface Referring {
  readonly collection: string
  readonly type: string
  /** In the portable codec. */
  readonly payload: string
}

/** Another record of the same scope. */
export interface Reference {
  readonly collection: string
  readonly id: string
}

const writing: ReadonlySet<string> = new Set(['create', 'update', putType])

/** The records that a create or an update names in fields that the schema declares as references. */
export const referencesOf = (schema: Schema, operation: Referring): readonly Reference[] => {
  const definition = ownMember(schema.collections, operation.collection)
  const declared = Object.entries(definition?.references ?? {})
  if (declared.length === 0 || !writing.has(operation.type)) return []
  const values = fieldsOf(operation.payload)
  return declared.flatMap(([field, collection]) => {
    const id = ownMember(values, field)
    return typeof id === 'string' && id !== '' ? [{ collection, id }] : []
  })
}

/** What can't be read names nothing; judging the operation says what is wrong with it. */
const fieldsOf = (payload: string): Readonly<Record<string, unknown>> => {
  try {
    const value = decodePortable(payload)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}
