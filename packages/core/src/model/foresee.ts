import type { Risk, RiskReason } from '../protocol/preflight.ts'
import { disputedFields } from './disputed.ts'
import { isMoved } from './move.ts'
import { isOverlapped, unseenFields, type Author } from './overlap.ts'
import { deletedField, movedField, type RowVersions } from './record.ts'
import type { AnyCollection } from './schema.ts'
import { isRegister } from './typed-fields.ts'

/** What operations of one author would change on one record, without any value. */
export interface Intended extends Author {
  /** What they change or read; `$deleted` alone: they delete the record. */
  readonly fields: readonly string[]
  /** A named operation with a server half. */
  readonly byServer?: boolean | undefined
  /** Of a deletion: what the same author does to the record before it. */
  readonly after?: 'nothing' | 'edits' | 'creation'
}

export interface Foreseen {
  readonly risk: Risk
  /** Some of the fields that are intended, and no others. */
  readonly fields: readonly string[]
  readonly reason: RiskReason
}

const nothing: Foreseen = { risk: 'LOW', fields: [], reason: 'disjoint' }

/**
 * What judging the operations would come to, as far as it can be told without their values: by the same overlap
 * rule as push. Pure.
 */
export const foresee = (
  definition: AnyCollection | undefined,
  row: RowVersions | undefined,
  intended: Intended,
): Foreseen => {
  if (definition === undefined) return { risk: 'HIGH', fields: [], reason: 'unknown_collection' }
  if (row === undefined) {
    // What its author saw may be of a history that is lost: a creation makes it anew.
    const isMade = intended.baseVersion === 0 || isCreation(intended)
    return isMade ? nothing : { risk: 'HIGH', fields: [], reason: 'missing' }
  }
  if (isMoved(row)) return { risk: 'HIGH', fields: [], reason: 'missing' }
  if (intended.byServer === true) return foreseeByServer(definition, row, intended)
  if (intended.fields.includes(movedField)) return foreseeMove(row, intended)
  if (intended.fields.length === 1 && intended.fields[0] === deletedField)
    return foreseeDelete(definition, row, intended)
  return row.deleted ? foreseeOnDeleted(definition, row, intended) : foreseeEdit(definition, row, intended)
}

/** Nobody is asked, whatever the strategy; whether the server refuses is known to its half alone. */
const foreseeByServer = ({ fieldTypes }: AnyCollection, row: RowVersions, intended: Intended): Foreseen => {
  if (row.deleted) return { risk: 'HIGH', fields: [...intended.fields], reason: 'deleted' }
  const fields = intended.fields.filter(
    (field) => isRegister(fieldTypes, field) && isOverlapped(row, field, intended),
  )
  return fields.length === 0 ? nothing : { risk: 'MEDIUM', fields, reason: 'depends_on_values' }
}

const foreseeDelete = (definition: AnyCollection, row: RowVersions, intended: Intended): Foreseen => {
  if (unseenFields(row, intended).length === 0) return nothing
  // An edit brings back what was deleted unseen, a creation under each policy; then there is something to delete again.
  const revives =
    intended.after === 'creation' || (intended.after === 'edits' && definition.deletes === 'editWins')
  const isThere = !row.deleted || revives
  return isThere ? aboutDeletion(definition) : nothing
}

/** What nobody saw is not overwritten on the way. */
const foreseeMove = (row: RowVersions, intended: Intended): Foreseen => {
  if (row.deleted) return { risk: 'HIGH', fields: [], reason: 'deleted' }
  const fields = intended.fields.filter((field) => field !== movedField && isOverlapped(row, field, intended))
  return fields.length === 0 ? nothing : { risk: 'HIGH', fields, reason: 'unseen' }
}

const foreseeOnDeleted = (definition: AnyCollection, row: RowVersions, intended: Intended): Foreseen => {
  // A creation meets nobody where there is no record any more; edits that follow it may, and so may those that came before
  // it, of a record that its author knew.
  if (intended.fields.includes(deletedField)) {
    const isOwn = Object.values(row.fieldVersions).some(({ clientId }) => clientId === intended.clientId)
    // Its own creation may be known here already: the device has not heard so.
    const knewIt = (intended.baseVersion > 0 || isOwn) && isOverlapped(row, deletedField, intended)
    if (!knewIt) return foreseeFields(definition, row, intended, intended.fields)
    const edits = definition.deletes === 'editWins' ? foreseeEdit(definition, row, intended) : nothing
    return edits.risk === 'HIGH' ? edits : aboutDeletion(definition)
  }
  if (!isOverlapped(row, deletedField, intended))
    return { risk: 'HIGH', fields: [...intended.fields], reason: 'deleted' }
  // An edit that revives the record is settled like any other.
  const edit = definition.deletes === 'editWins' ? foreseeEdit(definition, row, intended) : nothing
  return edit.risk === 'HIGH' ? edit : aboutDeletion(definition)
}

const aboutDeletion = ({ deletes }: AnyCollection): Foreseen =>
  deletes === 'ask'
    ? { risk: 'HIGH', fields: [deletedField], reason: 'asks' }
    : { risk: 'MEDIUM', fields: [deletedField], reason: 'deleted' }

const isCreation = ({ fields }: Intended): boolean => fields.length > 1 && fields.includes(deletedField)

const foreseeEdit = (definition: AnyCollection, row: RowVersions, intended: Intended): Foreseen => {
  const isCreate = intended.fields.includes(deletedField)
  // A whole record also takes the place of fields that it does not name.
  const all = isCreate ? [...intended.fields, ...unseenFields(row, intended)] : intended.fields
  return foreseeFields(definition, row, intended, all)
}

const foreseeFields = (
  definition: AnyCollection,
  row: RowVersions,
  intended: Intended,
  all: readonly string[],
): Foreseen => {
  const changed = [...new Set(all)].filter((field) => field !== deletedField)
  const disputed = disputedFields(definition, row, intended, { changed, reads: [] })
  if (disputed.length === 0) return nothing
  const fields = disputed.filter((field) => intended.fields.includes(field))
  const asks = disputed.some((field) => definition.conflict.asks?.(field) === true)
  return asks
    ? { risk: 'HIGH', fields, reason: 'asks' }
    : { risk: 'MEDIUM', fields, reason: 'depends_on_values' }
}
