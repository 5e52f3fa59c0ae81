import type * as Y from 'yjs'
import { contentOf, recordUpdate, textOf } from './document.ts'
import { cutsPair, fitEdit, type TextEdit } from './edits.ts'

/**
 * Where in a document's text the edit's letters go, while those that it removes are still there. Yjs puts what is
 * inserted after a removal behind it, beside what others append to the removed word; between its letters nothing competes.
 */
const placeIn = (text: string, { at, remove }: TextEdit): number => {
  const inside = cutsPair(text, at + 1) ? at + 2 : at + 1
  return inside < at + remove ? inside : at
}

/** Makes edits of the text that a document has, under a name for their letters. */
export const writeEdits = (document: Y.Doc, edits: readonly TextEdit[], client: number): void => {
  const text = textOf(document)
  const before = contentOf(document)
  document.clientID = client
  document.transact(() => {
    for (const edit of edits.toReversed()) {
      const { at, remove, insert } = fitEdit(before, edit)
      const place = placeIn(before, { at, remove, insert })
      if (insert !== '') text.insert(place, insert)
      if (at + remove > place) text.delete(place + insert.length, at + remove - place)
      if (place > at) text.delete(at, place - at)
    }
  })
}

/** The same, and what it comes to; undefined: nothing. */
export const recordEdits = (
  document: Y.Doc,
  edits: readonly TextEdit[],
  client: number,
): Uint8Array | undefined => recordUpdate(document, () => writeEdits(document, edits, client))
