import { SyncError, type Portable, type RecordData } from '@holdfast/core'
import { deletedField, portableEquals } from '@holdfast/core/protocol'
import type { JournalEntry } from './entry.ts'

export interface UndoOptions {
  /** Whose value to bring back. Default: the one that did not stand; where both were merged it has to be said. */
  readonly take?: 'local' | 'remote'
  /** Also where the field was changed since. */
  readonly force?: boolean
}

/** The ordinary write that brings a value back. */
export type Restoration =
  | { readonly kind: 'update'; readonly patch: RecordData }
  | { readonly kind: 'delete' }
  | { readonly kind: 'create'; readonly record: RecordData }

export interface UndoPlan {
  readonly take: 'local' | 'remote'
  readonly restoration: Restoration
}

const refuse = (reason: string, message: string): never => {
  throw new SyncError('INVALID', message, { reason })
}

const sideOf = ({ kept }: JournalEntry, take: UndoOptions['take']): 'local' | 'remote' => {
  if (kept === 'merged') return take ?? refuse('take', 'Both values were merged: say which one to take.')
  if (take === kept) return refuse('kept', 'This is the value that stood: there is nothing to undo.')
  return kept === 'local' ? 'remote' : 'local'
}

const isRecord = (value: Portable): value is RecordData => typeof value === 'object' && value !== null

/**
 * What undoing an entry does to its record.
 * @param shown the record as this device shows it; undefined: it does not
 * @throws SyncError INVALID with one of the reasons `undone`, `withheld`, `take`, `kept`, `not there`, `changed since`
 */
export const planUndo = (
  entry: JournalEntry,
  shown: RecordData | undefined,
  { take: wish, force = false }: UndoOptions,
): UndoPlan => {
  const { field, kept, withheld, undone } = entry
  if (undone !== undefined) refuse('undone', 'This was undone already.')
  if (withheld !== undefined) refuse('withheld', 'The journal does not have the values of this entry.')
  const take = sideOf(entry, wish)
  const [value, stood] = [entry[take], entry[kept]]
  const isWhole = field === deletedField

  const shows = isWhole ? (shown ?? null) : shown?.[field]
  const isGone = !isWhole && shown === undefined
  if (!force && (isGone || !portableEquals(shows, stood)))
    refuse('changed since', 'What was settled has changed since: look at it, then change it or force this.')

  if (value === undefined) {
    const message =
      'The field was not there, which no update can bring back: use an operation of your own for it.'
    return refuse('not there', message)
  }
  if (!isWhole) return { take, restoration: { kind: 'update', patch: { [field]: value } } }
  if (!isRecord(value)) return { take, restoration: { kind: 'delete' } }
  if (shown !== undefined) refuse('changed since', 'The record is there again: change it by an update.')
  return { take, restoration: { kind: 'create', record: value } }
}
