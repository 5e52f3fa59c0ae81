import { isSyncError, type FieldState } from '@holdfast/core'
import * as Y from 'yjs'
import { hash53 } from './hash.ts'
import { invalid } from './invalid.ts'

/** The one shared type of the document behind a text. */
export const rootName = 'text'

/** Nothing is random: the id of the author is set before anything is written. */
export const newDocument = (): Y.Doc => {
  const document = new Y.Doc({ gc: true, guid: rootName })
  document.clientID = 0
  return document
}

export const textOf = (document: Y.Doc): Y.Text => document.getText(rootName)

export const contentOf = (document: Y.Doc): string => textOf(document).toJSON()

/** The document of a state; one of its own each time. @throws SyncError INVALID */
export const openDocument = ({ value, hidden }: FieldState): Y.Doc => {
  const document = newDocument()
  if (hidden instanceof Uint8Array) {
    guarded(() => Y.applyUpdateV2(document, hidden))
  } else if (typeof value === 'string' && value !== '') {
    // It was no text field before. Equal values make equal documents, whoever comes first.
    document.clientID = hash53(`value ${value}`)
    textOf(document).insert(0, value)
  }
  return document
}

/** @throws SyncError INVALID (what no database keeps) */
export const closeDocument = (document: Y.Doc): FieldState => {
  const value = guarded(() => contentOf(document))
  if (value.includes('\u0000')) throw invalid('it would hold a NUL character')
  if (!value.isWellFormed()) throw invalid('it would hold half a character')
  const { clients } = document.store
  return clients.size === 0 ? { value } : { value, hidden: guarded(() => Y.encodeStateAsUpdateV2(document)) }
}

/** Runs what Yjs does with bytes of others, which may throw anything. @throws SyncError INVALID */
export const guarded = <TResult>(run: () => TResult): TResult => {
  try {
    return run()
  } catch (error) {
    throw isSyncError(error) ? error : invalid('its bytes are no changes of a text', error)
  }
}

/** What `change` does to a document, as bytes; undefined: nothing. */
export const recordUpdate = (document: Y.Doc, change: () => void): Uint8Array | undefined => {
  const updates: Uint8Array[] = []
  const listen = (update: Uint8Array): void => void updates.push(update)
  document.on('update', listen)
  try {
    document.transact(change)
  } finally {
    document.off('update', listen)
  }
  return updates.length > 1 ? Y.mergeUpdates(updates) : updates[0]
}
