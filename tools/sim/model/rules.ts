import { textOf, type Data, type Value } from './values.ts'

/** What a disputed field does: a person is asked, or the later write wins. */
export type FieldRule = 'ask' | 'later'

/** The rules of one collection, as plain as they can be told. */
export interface Rules {
  readonly disputes: 'fields' | 'record'
  readonly deletes: 'editWins' | 'deleteWins' | 'ask'
  readonly ruleOf: (field: string) => FieldRule
  readonly named: Readonly<Record<string, Named>>
  /** Fields without which a record is none. */
  readonly required: readonly string[]
  /** Values of fields that are left out. */
  readonly defaults: Data
  /** Lists of fields by which a device finds records. */
  readonly indexes?: readonly (readonly string[])[]
  /** Fields that hold the id of a record of another collection. */
  readonly references?: Readonly<Record<string, string>>
  /** Whether the server takes such a record at all. */
  readonly fits: (record: Data) => boolean
}

interface Named {
  readonly run: (record: Data, input: Data) => Data
  readonly reads: readonly string[]
  /** All that it may change. */
  readonly changes: readonly string[]
}

const add = (left: Value | undefined, right: Value | undefined): number => Number(left) + Number(right)
const always = (): boolean => true

const rules: Readonly<Record<string, Rules>> = {
  tasks: {
    disputes: 'fields',
    deletes: 'editWins',
    indexes: [['done', 'priority']],
    required: ['id', 'title', 'priority'],
    defaults: { done: false, votes: 0 },
    ruleOf: (field) => (field === 'priority' || field === 'done' ? 'later' : 'ask'),
    named: {
      vote: {
        run: (task, { by }) => ({ ...task, votes: add(task['votes'], by) }),
        reads: [],
        changes: ['votes'],
      },
      finish: {
        run: (task, { note }) => ({
          ...task,
          done: true,
          note: `${textOf(note)} at ${textOf(task['priority'])}`,
        }),
        reads: ['priority'],
        changes: ['done', 'note'],
      },
    },
    fits: always,
  },
  logs: {
    disputes: 'fields',
    deletes: 'editWins',
    required: ['id', 'text', 'mark'],
    defaults: {},
    ruleOf: () => 'later',
    named: {
      append: {
        run: (log, { token }) => ({ ...log, text: `${textOf(log['text'])}${textOf(token)};` }),
        reads: [],
        changes: ['text'],
      },
    },
    fits: ({ text }) => textOf(text).length <= 45,
  },
  prices: {
    disputes: 'record',
    deletes: 'ask',
    required: ['id', 'amount', 'label'],
    defaults: {},
    ruleOf: () => 'ask',
    named: {},
    fits: always,
  },
  pages: {
    disputes: 'fields',
    deletes: 'deleteWins',
    required: ['id', 'heading', 'body'],
    defaults: {},
    ruleOf: () => 'ask',
    named: {},
    fits: always,
  },
  solos: {
    disputes: 'fields',
    deletes: 'editWins',
    required: ['id', 'label'],
    defaults: { tally: 0 },
    ruleOf: () => 'ask',
    named: {
      add: {
        run: (solo, { by }) => ({ ...solo, tally: add(solo['tally'], by) }),
        reads: [],
        changes: ['tally'],
      },
    },
    fits: always,
  },
  notes: {
    disputes: 'fields',
    deletes: 'editWins',
    required: ['id', 'text', 'task'],
    defaults: {},
    ruleOf: () => 'later',
    named: {},
    references: { task: 'tasks' },
    fits: always,
  },
  cards: {
    disputes: 'fields',
    deletes: 'editWins',
    required: ['id', 'team', 'title', 'rank'],
    defaults: {},
    ruleOf: (field) => (field === 'rank' ? 'later' : 'ask'),
    named: {},
    indexes: [['rank'], ['team', 'title']],
    fits: always,
  },
}

export const rulesOf = (collection: string): Rules => {
  const found = rules[collection]
  if (found === undefined) throw new Error(`The model knows no collection ${collection}.`)
  return found
}

/** A write that contains it is refused by the app's own judgement. */
export const isPoisoned = (record: Data | undefined): boolean =>
  record !== undefined &&
  Object.values(record).some((value) => typeof value === 'string' && value.includes('POISON'))
