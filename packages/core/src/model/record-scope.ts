import { SyncError } from '../base/errors.ts'
import { scope as scopeRule } from '../protocol/parts.ts'
import type { RecordData } from './record.ts'
import type { AnyCollection } from './schema.ts'
import { visibleRecord } from './typed-fields.ts'

type Data = Readonly<Record<string, unknown>>

export const scopeNotJoined = (scope: string): SyncError<'SCOPE_NOT_JOINED'> =>
  new SyncError(
    'SCOPE_NOT_JOINED',
    `This client has not joined the scope "${scope}"; call client.scopes.join first.`,
    { scope },
  )

const invalid = (message: string, cause?: unknown): SyncError<'INVALID'> =>
  new SyncError('INVALID', message, { path: 'scope', reason: 'scope' }, { cause })

/** The app's own words stay in `cause`: they may quote the record. */
const scopeOf = (scope: NonNullable<AnyCollection['scope']>, record: Data): string => {
  let given: unknown
  try {
    given = scope(visibleRecord(record as RecordData))
  } catch (error) {
    throw invalid("The collection's scope function threw.", error)
  }
  if (scopeRule.safeParse(given).success) return given as string
  throw invalid("The collection's scope function must give a text of 1 to 128 characters.")
}

export interface NewRecord {
  readonly collection: string
  readonly definition: AnyCollection
  readonly record: Data
}

/**
 * Where a created record goes.
 * @param joined the scopes of the client
 * @throws SyncError INVALID, SCOPE_NOT_JOINED
 */
export const scopeOfNew = (
  { collection, definition, record }: NewRecord,
  joined: readonly string[],
): string => {
  const scope =
    definition.scope === undefined ? onlyScope(collection, joined) : scopeOf(definition.scope, record)
  if (!joined.includes(scope)) throw scopeNotJoined(scope)
  return scope
}

const onlyScope = (collection: string, joined: readonly string[]): string => {
  const [only, ...others] = joined
  if (only === undefined) throw invalid('This client has no scope; call client.scopes.join first.')
  if (others.length === 0) return only
  throw invalid(
    `This client has ${joined.length} scopes: give the collection "${collection}" a function ` +
      'scope: (record) => string in the schema, which says where a new record goes.',
  )
}

/**
 * A change must leave a record in its scope. One that the function can't place, since an older app made it, may
 * be changed in any way.
 * @throws SyncError INVALID
 */
export const checkScopeStays = ({ scope }: AnyCollection, before: Data, after: Data): void => {
  if (scope === undefined) return
  const from = placeOf(scope, before)
  if (from === undefined) return
  const to = scopeOf(scope, after)
  if (from === to) return
  throw invalid(`This would move the record from the scope "${from}" to "${to}": use move instead.`)
}

/**
 * A record that goes to a scope must be one that the function would put there.
 * @throws SyncError INVALID
 */
export const checkScopeIs = ({ scope }: AnyCollection, record: Data, to: string): void => {
  if (scope === undefined) return
  const given = scopeOf(scope, record)
  if (given === to) return
  throw invalid(
    `The collection's scope function puts the record into "${given}", not "${to}": change the fields that it reads, too.`,
  )
}

const placeOf = (scope: NonNullable<AnyCollection['scope']>, record: Data): string | undefined => {
  try {
    return scopeOf(scope, record)
  } catch {
    return undefined
  }
}
