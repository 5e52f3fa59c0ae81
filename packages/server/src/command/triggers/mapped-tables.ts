import { SyncError } from '@holdfast/core'
import type { TriggeredTable } from '../../store/prisma/models/triggers.ts'
import type { SchemaModel } from '../schema/app-models.ts'
import { hidePasswords } from '../target.ts'
import { printable } from '../text.ts'

/** What was asked for: `lines=InvoiceLine:ref`. */
export interface MappedName {
  readonly collection: string
  readonly model: string
  /** The field that is the records' id. */
  readonly id: string
}

export type ReadNames =
  | { readonly kind: 'names'; readonly names: readonly MappedName[] }
  | { readonly kind: 'misuse'; readonly says: string }

const example = 'invoices=Invoice, or lines=InvoiceLine:ref where the id is another field'

export const readNames = (given: readonly string[]): ReadNames => {
  if (given.length === 0) return misuse(`Name each collection with its model: ${example}.`)
  const names: MappedName[] = []
  for (const text of given) {
    const [, collection = '', model = '', id = 'id'] = /^([^=]+)=(\w+)(?::(\w+))?$/.exec(text) ?? []
    if (collection === '')
      return misuse(
        `${printable(hidePasswords(text))} does not name a collection with its model: ${example}.`,
      )
    if (names.some((name) => name.collection === collection))
      return misuse(`${printable(collection)} is named twice.`)
    names.push({ collection, model, id })
  }
  return { kind: 'names', names }
}

/** The table and the column of each. @throws SyncError MISCONFIGURED for what the schema does not have */
export const mappedTables = (
  models: readonly SchemaModel[],
  names: readonly MappedName[],
): readonly TriggeredTable[] => names.map((name) => tableOf(models, name))

const tableOf = (
  models: readonly SchemaModel[],
  { collection, model: given, id }: MappedName,
): TriggeredTable => {
  const wrong = (says: string): SyncError =>
    new SyncError('MISCONFIGURED', `${printable(collection)}: ${says}.`, { option: 'models' })
  const model = models.find(({ name }) => memberOf(name) === memberOf(given))
  if (model === undefined) {
    const there = models.map(({ name }) => name).join(', ')
    throw wrong(`the Prisma schema has no model ${given}; it has ${there === '' ? 'none' : there}`)
  }
  const help = `name the unique text field that is the id, as in ${collection}=${model.name}:ref`
  const field = model.fields.get(id)
  if (field === undefined) throw wrong(`${model.name} has no field ${id}: ${help}`)
  if (field.type !== 'String' || field.isList) throw wrong(`${model.name}.${id} is no String: ${help}`)
  if (field.isOptional) throw wrong(`${model.name}.${id} may be NULL: ${help}`)
  if (!model.keys.some((key) => key.join() === id)) throw wrong(`${model.name}.${id} is not unique: ${help}`)
  return { collection, table: model.table, databaseSchema: model.databaseSchema, idColumn: field.column }
}

/** A model may be named as the client's member is. */
const memberOf = (name: string): string => `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`

const misuse = (says: string): ReadNames => ({ kind: 'misuse', says })
