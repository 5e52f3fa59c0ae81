import { add, laterWins, usual, type Rules } from './rule-types.ts'
import { textOf } from './values.ts'

/** Collections of which every world has some. */
export const plainRules: Readonly<Record<string, Rules>> = {
  tasks: {
    ...usual,
    strategy: 'fieldMerge',
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
  },
  logs: {
    ...laterWins,
    required: ['id', 'text', 'mark'],
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
    ...usual,
    strategy: 'optimisticVersion that asks',
    disputes: 'record',
    deletes: 'ask',
    required: ['id', 'amount', 'label'],
    ruleOf: () => 'ask',
  },
  pages: {
    ...usual,
    strategy: 'manual',
    deletes: 'deleteWins',
    required: ['id', 'heading', 'body'],
    ruleOf: () => 'ask',
  },
  solos: {
    ...usual,
    strategy: 'fieldMerge',
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
  },
  notes: {
    ...laterWins,
    required: ['id', 'text', 'task'],
    references: { task: 'tasks' },
  },
  cards: {
    ...usual,
    strategy: 'fieldMerge',
    required: ['id', 'team', 'title', 'rank'],
    ruleOf: (field) => (field === 'rank' ? 'later' : 'ask'),
    indexes: [['rank'], ['team', 'title']],
  },
}
