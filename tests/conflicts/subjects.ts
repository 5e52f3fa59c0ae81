import {
  add,
  byPath,
  collection,
  counter,
  defineSchema,
  fieldMerge,
  increment,
  lastWriteWins,
  manual,
  optimisticVersion,
  orSet,
  registerMap,
  serverWins,
  setKeys,
  type ConflictStrategy,
  type DeletePolicy,
  type Portable,
} from '@holdfast/core'
import { jsonEdit, otJson, otText, textEdit } from '@holdfast/plugins/ot'
import { insertText, text } from '@holdfast/plugins/text'
import { z } from 'zod'

const plain = z.object({ id: z.string(), title: z.string().default(''), text: z.string().default('') })
const append = {
  input: z.object({ word: z.string() }),
  apply: (note: z.output<typeof plain>, { word }: { readonly word: string }) => ({
    ...note,
    title: `${note.title}${word}`,
  }),
}

const under = (conflict: ConflictStrategy, deletes?: DeletePolicy) =>
  collection({
    fields: plain,
    conflict,
    operations: { append },
    ...(deletes === undefined ? {} : { deletes }),
  })

/** A record whose `title` is of a field type, beside a plain field. */
const typed = <TField extends z.core.$ZodType>(title: TField) =>
  collection({
    fields: z.object({ id: z.string(), title, text: z.string().default('') }),
    conflict: lastWriteWins(),
  })

export const schema = defineSchema({
  version: '1.0.0',
  collections: {
    lastWriteWins: under(lastWriteWins()),
    serverWins: under(serverWins()),
    fieldMerge: under(fieldMerge({ onOverlap: 'ask', fields: { text: lastWriteWins() } })),
    manual: under(manual()),
    optimisticVersion: under(optimisticVersion()),
    optimisticRetry: under(optimisticVersion({ onConflict: 'retry' })),
    optimisticReject: under(optimisticVersion({ onConflict: 'reject' })),
    operations: under(optimisticVersion({ onConflict: 'retry' })),
    deleteWins: under(lastWriteWins(), 'deleteWins'),
    deleteAsks: under(lastWriteWins(), 'ask'),
    counter: typed(counter()),
    orSet: typed(orSet(z.string())),
    registerMap: typed(registerMap(z.string())),
    byPath: typed(byPath(z.record(z.string(), z.string()), {})),
    otText: typed(otText()),
    otJsonSet: typed(otJson(z.record(z.string(), z.string()))),
    otJson: typed(otJson(z.object({ list: z.array(z.string()) }))),
    text: typed(text()),
    textSet: typed(text()),
  },
})

export type Collections = (typeof schema)['collections']
export type SubjectName = keyof Collections

/** How a write of `word` looks under each subject. */
export type Write = { readonly patch: Readonly<Record<string, unknown>> } | { readonly append: string }

export interface Subject {
  readonly name: SubjectName
  /** As the table calls it. */
  readonly title: string
  readonly write: (word: string) => Write
  /** How a record is created with it, where that is not how it is written. */
  readonly create?: (word: string) => Write
  /** What `title` is before anybody writes, where that is not what its type begins with. */
  readonly initial?: Portable
}

const patchOf =
  (toTitle: (word: string) => unknown) =>
  (word: string): Write => ({ patch: { title: toTitle(word) } })

const asPlain = patchOf((word) => word)

/** To a counter the length of a word is the amount. */
export const subjects: readonly Subject[] = [
  { name: 'lastWriteWins', title: '`lastWriteWins()`', write: asPlain },
  { name: 'serverWins', title: '`serverWins()`', write: asPlain },
  { name: 'fieldMerge', title: "`fieldMerge({ onOverlap: 'ask' })`", write: asPlain },
  { name: 'manual', title: '`manual()`', write: asPlain },
  { name: 'optimisticVersion', title: '`optimisticVersion()`', write: asPlain },
  { name: 'optimisticRetry', title: "`optimisticVersion({ onConflict: 'retry' })`", write: asPlain },
  { name: 'optimisticReject', title: "`optimisticVersion({ onConflict: 'reject' })`", write: asPlain },
  { name: 'operations', title: 'the same, named operations', write: (word) => ({ append: word }) },
  { name: 'deleteWins', title: "`deletes: 'deleteWins'`", write: asPlain },
  { name: 'deleteAsks', title: "`deletes: 'ask'`", write: asPlain },
  { name: 'counter', title: '`counter()`', write: patchOf((word) => increment(word.length)) },
  { name: 'orSet', title: '`orSet()`', write: patchOf((word) => add(word)) },
  { name: 'registerMap', title: '`registerMap()`', write: patchOf((word) => setKeys({ key: word })) },
  { name: 'byPath', title: '`byPath()`', write: patchOf((word) => ({ key: word })) },
  { name: 'text', title: '`text()`', write: patchOf((word) => insertText(0, word)) },
  { name: 'textSet', title: '`text()`, set', write: asPlain },
  { name: 'otText', title: '`otText()`', write: patchOf((word) => textEdit([word])) },
  {
    name: 'otJson',
    title: '`otJson()`',
    write: patchOf((word) => jsonEdit(['list', 0, { i: word }])),
    create: patchOf((word) => ({ list: [word] })),
    initial: { list: [] },
  },
  {
    name: 'otJsonSet',
    title: '`otJson()`, set',
    write: patchOf((word) => ({ key: word })),
    initial: { key: '' },
  },
]
