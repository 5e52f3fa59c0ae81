import { fieldChange, type FieldChange, type Portable } from '@holdfast/core'
import type { TextEdit } from './edits.ts'
import { invalid } from './invalid.ts'

/** The name of a change whose text is another one than it was made for. */
export const movedOn = 'moved on'

/** What a change of a text asks for. */
export type TextInput =
  | { readonly kind: 'update'; readonly update: Uint8Array }
  | { readonly kind: 'edits'; readonly edits: readonly TextEdit[]; readonly editor?: ByEditor }

/** An editor's edits are for one very document, and their letters go under a name that it has for itself. */
export interface ByEditor {
  /** The fingerprint of the document. */
  readonly seen: string
  readonly client: number
}

const edit = (value: TextEdit): FieldChange<'text'> =>
  fieldChange('text', { edits: [[value.at, value.remove, value.insert]] })

/** Inserts `insert` before the character `at`; beyond the end means at the end. */
export const insertText = (at: number, insert: string): FieldChange<'text'> => edit({ at, remove: 0, insert })

/** Removes `length` characters from `at` on, as far as there are any. */
export const deleteText = (at: number, length: number): FieldChange<'text'> =>
  edit({ at, remove: length, insert: '' })

/**
 * Changes made elsewhere with Yjs, as a document tells them (`doc.on('update')`, `Y.encodeStateAsUpdate(doc)`). They must be
 * those of `doc.getText('text')`, and plain text.
 */
export const textUpdate = (update: Uint8Array): FieldChange<'text'> => fieldChange('text', { update })

export const editorChange = (edits: readonly TextEdit[], { seen, client }: ByEditor): FieldChange<'text'> =>
  fieldChange('text', {
    edits: edits.map(({ at, remove, insert }) => [at, remove, insert]),
    editor: { seen, client },
  })

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

const toEdit = (value: unknown): TextEdit => {
  const [at, remove, insert] = (Array.isArray(value) ? value : []) as readonly unknown[]
  if (!isCount(at) || !isCount(remove)) throw invalid('a place or a length is no whole number from 0 on')
  if (typeof insert !== 'string') throw invalid('what is inserted is no text')
  return { at, remove, insert }
}

const toEditor = (value: unknown): ByEditor | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const { seen, client } = value as Readonly<Record<string, unknown>>
  return typeof seen === 'string' && isCount(client) ? { seen, client } : undefined
}

/** @throws SyncError INVALID */
export const readInput = (input: Portable): TextInput => {
  const { update, edits, editor } = (input ?? {}) as Readonly<Record<string, unknown>>
  if (update instanceof Uint8Array) return { kind: 'update', update }
  if (!Array.isArray(edits)) throw invalid('it is no change of a text')
  const checked = toEditor(editor)
  return { kind: 'edits', edits: edits.map(toEdit), ...(checked === undefined ? {} : { editor: checked }) }
}
