import { add, always, type Rules } from './rule-types.ts'
import { textOf } from './values.ts'

/** Collections of which every world has some. */
export const plainRules: Readonly<Record<string, Rules>> = {
  tasks: {
    strategy: 'fieldMerge',
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
    strategy: 'lastWriteWins',
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
    strategy: 'optimisticVersion that asks',
    disputes: 'record',
    deletes: 'ask',
    required: ['id', 'amount', 'label'],
    defaults: {},
    ruleOf: () => 'ask',
    named: {},
    fits: always,
  },
  pages: {
    strategy: 'manual',
    disputes: 'fields',
    deletes: 'deleteWins',
    required: ['id', 'heading', 'body'],
    defaults: {},
    ruleOf: () => 'ask',
    named: {},
    fits: always,
  },
  solos: {
    strategy: 'fieldMerge',
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
    strategy: 'lastWriteWins',
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
    strategy: 'fieldMerge',
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
