import { isSyncError, type Environment } from '@holdfast/core'
import {
  deletedField,
  entityId,
  movedField,
  nextFieldVersion,
  replaceRecord,
  serverAuthor,
  type Candidate,
  type ServerRow,
} from '@holdfast/core/protocol'
import { firstVersionIn } from '../apply/place.ts'
import type { Logger } from '../logger.ts'
import type { ScopeState } from '../store/contract.ts'
import { asLeft, strayOf, type Stray } from './compare.ts'
import type { Found } from './known-rows.ts'

export interface TakingIn {
  readonly schemaVersion: string
  readonly environment: Environment
  readonly logger: Logger
}

/** The rows that come of what was written past the sync API, from the scope's next position on. */
export const takeIn = (
  options: TakingIn,
  state: ScopeState,
  found: readonly Found[],
): readonly ServerRow[] => {
  const rows: ServerRow[] = []
  for (const one of found) {
    const row = versionOf(options, state, one, rows.length)
    if (row !== undefined) rows.push(row)
  }
  return rows
}

const versionOf = (
  options: TakingIn,
  state: ScopeState,
  found: Found,
  index: number,
): ServerRow | undefined => {
  const { collection, id, scope } = found
  const stray = strayOf(collection, found)
  const tell = (message: string, more: object = {}): undefined => {
    options.logger.error(message, { scope, collection: collection.name, recordId: id, ...more })
  }
  if (stray.kind !== 'leave' && stray.unfit.length > 0) {
    tell('A row has values that the schema does not allow; devices keep what they had.', {
      fields: stray.unfit,
    })
  }
  if (stray.kind === 'same') return undefined
  if (!entityId.safeParse(id).success) {
    return tell('A row has an id that no record can have: 1 to 64 letters, digits, _ or -.')
  }
  try {
    return replace(options, state, { ...found, stray }, index)
  } catch (error) {
    if (!isSyncError(error)) throw error
    return tell('A row does not fit the schema; devices are not told of it.', { error })
  }
}

interface Replaced extends Found {
  readonly stray: Exclude<Stray, { readonly kind: 'same' }>
}

const replace = (
  { schemaVersion, environment }: TakingIn,
  state: ScopeState,
  { collection, id, record, stray }: Replaced,
  index: number,
): ServerRow | undefined => {
  const now = environment.clock.now()
  const place = { seq: state.head + 1 + index, now, schemaVersion, firstVersion: firstVersionIn(state) }
  const candidate: Candidate = {
    id: environment.newId(),
    type: 'update',
    payload: '',
    collection: collection.name,
    recordId: id,
    clientId: serverAuthor,
    userId: serverAuthor,
    baseVersion: record?.version ?? 0,
    timestamp: now,
    opVersion: schemaVersion,
  }
  const data = stray.kind === 'put' ? stray.data : undefined
  const { definition } = collection
  const row = replaceRecord({ definition, row: asLeft(record), data, candidate, place })
  return row !== undefined && stray.kind === 'leave' && stray.moved ? asMoved(row) : row
}

/** It went to another scope: an edit that somebody makes of it here must not bring it back. */
const asMoved = (row: ServerRow): ServerRow => {
  const { [deletedField]: deletion, [movedField]: before, ...others } = row.fieldVersions
  if (deletion === undefined) return row
  const { otherVersion: _, other: _other, ...stamp } = deletion
  const moved = nextFieldVersion(before, stamp)
  return { ...row, fieldVersions: { ...others, [deletedField]: deletion, [movedField]: moved } }
}
