import { fieldChange, type FieldChange, type Portable } from '@holdfast/core'
import type { TextEdit } from './edits.ts'
import { fingerprint } from './hash.ts'
import { invalid } from './invalid.ts'

/** What a change of a text asks for. */
export type TextInput =
  | { readonly kind: 'update'; readonly update: Uint8Array }
  | {
      readonly kind: 'edits'
      readonly edits: readonly TextEdit[]
      /** Where given: the edits are for this very text. */
      readonly seen?: string
      readonly session?: Session
    }

/** A run of edits by one author, which share the name under which their letters go. */
export interface Session {
  readonly token: string
  /** True from the first text on that was written under it. */
  readonly began: boolean
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

/** What an editor has done to the text `seen`. */
export const editorChange = (
  edits: readonly TextEdit[],
  seen: string,
  session: Session,
): FieldChange<'text'> =>
  fieldChange('text', {
    edits: edits.map(({ at, remove, insert }) => [at, remove, insert]),
    seen: fingerprint(seen),
    session: { ...session },
  })

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

const toEdit = (value: unknown): TextEdit => {
  const [at, remove, insert] = (Array.isArray(value) ? value : []) as readonly unknown[]
  if (!isCount(at) || !isCount(remove)) throw invalid('a place or a length is no whole number from 0 on')
  if (typeof insert !== 'string') throw invalid('what is inserted is no text')
  return { at, remove, insert }
}

const toSession = (value: unknown): Session | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const { token, began } = value as Readonly<Record<string, unknown>>
  return typeof token === 'string' ? { token, began: began === true } : undefined
}

/** @throws SyncError INVALID */
export const readInput = (input: Portable): TextInput => {
  const { update, edits, seen, session } = (input ?? {}) as Readonly<Record<string, unknown>>
  if (update instanceof Uint8Array) return { kind: 'update', update }
  if (!Array.isArray(edits)) throw invalid('it is no change of a text')
  const checked = toSession(session)
  return {
    kind: 'edits',
    edits: edits.map(toEdit),
    ...(typeof seen === 'string' ? { seen } : {}),
    ...(checked === undefined ? {} : { session: checked }),
  }
}
