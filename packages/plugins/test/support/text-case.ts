import type { Portable, Wanted } from '@holdfast/core'
import type { FieldTypeConformanceOptions, SeededRandom } from '@holdfast/core/testing'
import { text } from '@holdfast/plugins/text'
import * as Y from 'yjs'

const letters = ['a', 'b', 'c', ' ', '\n', 'é', '😀', '👩‍👩‍👧'] as const

const someText = (random: SeededRandom, most = 5): string =>
  Array.from({ length: random.between(0, most) }, () => random.pick(letters)).join('')

/** A place between two whole characters. */
const placeIn = (random: SeededRandom, text: string): number => {
  const at = random.between(0, text.length)
  return text.slice(0, at).isWellFormed() ? at : at - 1
}

type Edit = readonly [at: number, remove: number, insert: string]

const someEdit = (random: SeededRandom, value: string): Edit => {
  const [one, other] = [placeIn(random, value), placeIn(random, value)]
  const [from, to] = one < other ? [one, other] : [other, one]
  return random.chance(0.3) ? [from, Math.min(to - from, 4), ''] : [from, 0, someText(random)]
}

const apply = (value: string, [at, remove, insert]: Edit): string => {
  const to = value.slice(at, at + remove).isWellFormed() ? at + remove : at + remove + 1
  return value.slice(0, at) + insert + value.slice(to)
}

/** A change made elsewhere, in a document that knows nothing of this one. */
const foreign = (random: SeededRandom): Uint8Array => {
  const document = new Y.Doc()
  document.clientID = random.between(1, 2 ** 32)
  document.getText('text').insert(0, someText(random))
  return Y.encodeStateAsUpdate(document)
}

const hostileDocument = (write: (document: Y.Doc) => void): Uint8Array => {
  const document = new Y.Doc()
  document.clientID = 7
  write(document)
  return Y.encodeStateAsUpdate(document)
}

/** Updates that Yjs takes, and a text must not. */
export const hostileUpdates: readonly Uint8Array[] = [
  hostileDocument((document) => document.getText('other').insert(0, 'hidden')),
  hostileDocument((document) => document.getMap('text').set('key', 'hidden')),
  hostileDocument((document) => document.getArray('text').insert(0, [{ hidden: 1 }])),
  hostileDocument((document) => document.getText('text').insertEmbed(0, { image: 'hidden' })),
  hostileDocument((document) => document.getText('text').insert(0, 'bold', { bold: true })),
  hostileDocument((document) => document.getText('text').insert(0, 'a\u0000b')),
  hostileDocument((document) => document.getArray('text').insert(0, [new Y.Text('hidden')])),
]

const stringIn = (value: Portable): string => (typeof value === 'string' ? value : '')
const set = (value: Portable): Wanted => ({ kind: 'set', value })
const change = (input: Portable): Wanted => ({ kind: 'change', input })

/** What users may ask of a text. */
export const textCase: Omit<FieldTypeConformanceOptions, 'test'> = {
  field: text,
  wishes(random, value) {
    const seen = stringIn(value)
    if (random.chance(0.05)) return change({ update: foreign(random) })
    if (random.chance(0.6)) return change({ edits: [someEdit(random, seen)] })
    let wanted = seen
    for (let count = random.between(1, 3); count > 0; count -= 1)
      wanted = apply(wanted, someEdit(random, wanted))
    return set(wanted)
  },
  effect(before, wanted) {
    if (wanted.kind === 'set') return wanted.value
    const { edits } = wanted.input as { readonly edits?: readonly Edit[] }
    return edits?.reduce((text, edit) => apply(text, edit), stringIn(before))
  },
  hostile: [...hostileUpdates, { edits: [[-1, 0, 'x']] }, { edits: [[0, 0.5, '']] }, { edits: [[0, 0, 1]] }],
}
