import { SyncError, type RecordOf, type Schema } from '@holdfast/core'
import {
  agesKey,
  decodeMove,
  decodePortable,
  encodePut,
  isCreation,
  moveType,
  putType,
  unwritten,
  type Ages,
  type AnyCollection,
  type Patch,
  type WireOperation,
} from '@holdfast/core/protocol'

/** Fields that never leave the server, by collection. */
export type ServerOnly<TCollections extends Readonly<Record<string, AnyCollection>>> = {
  readonly [TName in keyof TCollections]?: readonly (keyof RecordOf<TCollections[TName]> & string)[]
}

export type ServerOnlyFields = ReadonlyMap<string, ReadonlySet<string>>

/** @throws SyncError MISCONFIGURED for what the schema does not have, and for ids */
export const resolveServerOnly = ({ collections }: Schema, given: object): ServerOnlyFields =>
  new Map(
    Object.entries(given).map(([collection, fields]: [string, unknown]) => {
      const definition = Object.hasOwn(collections, collection) ? collections[collection] : undefined
      if (definition === undefined) throw misconfigured(collection, `has no collection "${collection}"`)
      if (!Array.isArray(fields)) throw misconfigured(collection, 'lists no fields here')
      const shape = Object.keys(definition.fields._zod.def.shape)
      for (const field of fields as readonly unknown[]) {
        const isField = typeof field === 'string' && shape.includes(field) && field !== 'id'
        if (!isField) throw misconfigured(collection, `has no field "${String(field)}" that can be hidden`)
      }
      return [collection, new Set(fields as readonly string[])]
    }),
  )

const misconfigured = (collection: string, what: string): SyncError =>
  new SyncError('MISCONFIGURED', `serverOnly: the schema ${what}.`, { option: `serverOnly.${collection}` })

/**
 * An operation of a device, which has no say about such fields: a creation goes on without them (the device's schema may
 * have filled in a default) and leaves them alone where the record is there; anything else that writes one is refused.
 * @throws SyncError INVALID
 */
export const withoutServerOnly = (
  serverOnly: ServerOnlyFields,
  operation: WireOperation,
  isThere: boolean,
): WireOperation => {
  const hidden = serverOnly.get(operation.collection)
  if (hidden === undefined) return operation
  const written = payloadOf(operation)
  if (operation.type === 'create') {
    const { [agesKey]: ages, ...said } = without(written, hidden)
    const leaves = isThere || !isCreation(operation)
    const alone = leaves ? Object.fromEntries([...hidden].map((field) => [field, unwritten])) : {}
    return { ...operation, payload: encodePut(said as Patch, { ...(ages as Ages | undefined), ...alone }) }
  }
  const found = fieldsIn(written).find((field) => hidden.has(field))
  if (found === undefined) return operation
  const reason = 'only the server writes it'
  throw new SyncError('INVALID', `${found}: ${reason}.`, { path: found, reason })
}

type Members = Readonly<Record<string, unknown>>

/** What an operation says of single fields; a named operation's input says nothing of them. */
const payloadOf = ({ type, payload }: WireOperation): Members => {
  switch (type) {
    case 'create':
    case 'update':
    case putType:
      return asMembers(decodePortable(payload))
    case moveType:
      return decodeMove(payload).patch
    default:
      return {}
  }
}

/** `$deltas` and `$ages` have members by field, too. */
const isGroup = (name: string, value: unknown): value is Members =>
  name.startsWith('$') && typeof value === 'object' && value !== null

const fieldsIn = (members: Members): readonly string[] =>
  Object.entries(members).flatMap(([name, value]) => (isGroup(name, value) ? Object.keys(value) : [name]))

const without = (members: Members, hidden: ReadonlySet<string>): Members =>
  Object.fromEntries(
    Object.entries(members)
      .filter(([name]) => !hidden.has(name))
      .map(([name, value]) => [name, isGroup(name, value) ? without(value, hidden) : value]),
  )

const asMembers = (value: unknown): Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
