import { SyncError } from '../base/errors.ts'
import type { Schema } from '../model/schema.ts'
import type { Store } from '../storage/store.ts'
import type { Workspace } from '../storage/workspace.ts'
import type { Intent } from './intent.ts'
import { logKey, recordKey, type RecordAddress } from './keys.ts'
import { recordIn } from './records.ts'
import { foldRecords } from './staging/fold.ts'

export type RecordName = Omit<RecordAddress, 'scope'>

/** A checked write that has no place yet. */
export interface Unplaced extends Omit<Intent, 'scope'> {
  /** Where a new record goes. Undefined: where the record is. */
  readonly scope: string | undefined
}

/**
 * Gives a write its scope. The record's `recordKey` in each of the scopes must have been read, and it must be folded. A record is in one
 * scope: nothing is created under an id that is shown in another one.
 * @param scopes those of the client, in the order in which it shows them
 * @throws SyncError INVALID, NOT_FOUND
 */
export const placeWrite = (workspace: Workspace, write: Unplaced, scopes: readonly string[]): Intent => {
  const { scope: target } = write
  if (target === undefined) return { ...write, scope: locateRecord(workspace, write, scopes) }
  const others = scopes.filter((scope) => scope !== target)
  const other = others.length === 0 ? undefined : scopeShowing(workspace, write, others)
  if (other === undefined) return { ...write, scope: target }
  throw new SyncError('INVALID', `The record "${write.recordId}" exists already, in the scope "${other}".`, {
    path: 'id',
    reason: 'exists',
  })
}

/**
 * The scope that a record is in: where it is shown, else where it is known, else the first one. The record's
 * `recordKey` in each of the scopes must have been read, and it must be folded.
 * @throws SyncError NOT_FOUND where there is no scope
 */
export const locateRecord = (workspace: Workspace, record: RecordName, scopes: readonly string[]): string => {
  const [first] = scopes
  if (first === undefined) throw notFound(record)
  return scopeKnowing(workspace, record, scopes) ?? first
}

/** As `locateRecord`; undefined where none of several scopes knows it. */
const scopeKnowing = (
  workspace: Workspace,
  record: RecordName,
  scopes: readonly string[],
): string | undefined => {
  const [first, ...others] = scopes
  if (others.length === 0) return first
  return (
    scopeShowing(workspace, record, scopes) ??
    scopes.find((scope) => workspace.value(recordKey({ ...record, scope })) !== undefined)
  )
}

/**
 * As `locateRecord`, of what is stored now.
 * @throws SyncError NOT_FOUND where there is no scope
 */
export const findScope = (
  store: Store,
  schema: Schema,
  record: RecordName,
  scopes: readonly string[],
): Promise<string> =>
  lookUp(store, schema, { record, scopes }, (workspace) => locateRecord(workspace, record, scopes))

/** The same; undefined where there is no scope, or none of several knows it. */
export const findKnownScope = (
  store: Store,
  schema: Schema,
  record: RecordName,
  scopes: readonly string[],
): Promise<string | undefined> =>
  lookUp(store, schema, { record, scopes }, (workspace) => scopeKnowing(workspace, record, scopes))

const lookUp = <TFound>(
  store: Store,
  schema: Schema,
  { record, scopes }: { readonly record: RecordName; readonly scopes: readonly string[] },
  find: (workspace: Workspace) => TFound,
): Promise<TFound> =>
  store.update(async (workspace) => {
    const places = scopes.map((scope) => ({ ...record, scope }))
    await workspace.read(places.flatMap((place) => [{ get: recordKey(place) }, { get: logKey(place.scope) }]))
    await foldRecords(workspace, schema, places)
    return find(workspace)
  })

const scopeShowing = (
  workspace: Workspace,
  record: RecordName,
  scopes: readonly string[],
): string | undefined => scopes.find((scope) => recordIn(workspace, { ...record, scope }).shown !== undefined)

const notFound = ({ collection, recordId }: RecordName): SyncError<'NOT_FOUND'> =>
  new SyncError('NOT_FOUND', `There is no record "${recordId}" in ${collection}: no scope is joined.`, {
    collection,
    recordId,
  })
