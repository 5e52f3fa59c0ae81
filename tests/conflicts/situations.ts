import type { Subject, Write } from './subjects.ts'

export type Author = 'A' | 'B' | 'C'

export type Step =
  | { readonly by: Author; readonly kind: 'write'; readonly write: Write }
  | { readonly by: Author; readonly kind: 'create'; readonly title: Write }
  | { readonly by: Author; readonly kind: 'delete' }

/** What several authors do who don't see each other. A syncs first, then B, then C; the steps are in the order of time. */
export interface Situation {
  readonly title: string
  /** The record is not there before. */
  readonly isNew?: true
  readonly steps: (subject: Subject) => readonly Step[]
}

const write = (by: Author, { write: toWrite }: Subject, word: string): Step => ({
  by,
  kind: 'write',
  write: toWrite(word),
})
const create = (by: Author, { write: toWrite, create: toCreate = toWrite }: Subject, word: string): Step => ({
  by,
  kind: 'create',
  title: toCreate(word),
})
const textOf = (by: Author, text: string): Step => ({ by, kind: 'write', write: { patch: { text } } })
const chain = (by: Author, subject: Subject): readonly Step[] =>
  Array.from({ length: 20 }, (_, index) => write(by, subject, `${by.toLowerCase()}${index}`))

export const situations: readonly Situation[] = [
  { title: 'disjoint', steps: (subject) => [write('A', subject, 'a'), textOf('B', 'b')] },
  { title: 'overlap', steps: (subject) => [write('A', subject, 'a'), write('B', subject, 'bb')] },
  {
    title: 'overlap, the older arrives last',
    steps: (subject) => [write('B', subject, 'bb'), write('A', subject, 'a')],
  },
  { title: 'equal', steps: (subject) => [write('A', subject, 'same'), write('B', subject, 'same')] },
  { title: 'edit, then delete', steps: (subject) => [write('A', subject, 'a'), { by: 'B', kind: 'delete' }] },
  {
    title: 'delete, then edit',
    steps: (subject) => [{ by: 'A', kind: 'delete' }, write('B', subject, 'bb')],
  },
  {
    title: 'delete, delete',
    steps: () => [
      { by: 'A', kind: 'delete' },
      { by: 'B', kind: 'delete' },
    ],
  },
  {
    title: 'create, create',
    isNew: true,
    steps: (subject) => [create('A', subject, 'a'), create('B', subject, 'bb')],
  },
  {
    title: 'three writers',
    steps: (subject) => [
      write('A', subject, 'a'),
      write('B', subject, 'bb'),
      write('C', subject, 'ccc'),
      textOf('C', 'c'),
    ],
  },
  { title: 'chains of 20', steps: (subject) => [...chain('A', subject), ...chain('B', subject)] },
]
