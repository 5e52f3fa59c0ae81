import { byPath, counter, orSet, registerMap } from './kinds.ts'
import { otText } from './ot-kind.ts'
import { text } from './text-kind.ts'
import { add, always, type Half, type Rules } from './rule-types.ts'
import { textOf, type Data, type Value } from './values.ts'

/** What every account begins with. */
export const opening = 100

/** As a sheet is laid out where nobody said anything. */
const firstLayout: Data = { frame: { width: 1, colour: 'grey' } }

const plus = (account: Data, change: number): Data => ({
  ...account,
  balance: add(account['balance'], change),
})

const numberOf = (value: Value | undefined): number => Number(value)

const transfer: Half = (account, { amount, to }, { find }) => {
  if (numberOf(account['balance']) < numberOf(amount))
    return { kind: 'refused', reason: 'insufficient_balance' }
  const id = textOf(to)
  const target = find(id)
  if (target === undefined || id === account['id']) return { kind: 'refused', reason: 'no_such_account' }
  return {
    kind: 'made',
    record: plus(account, -numberOf(amount)),
    further: { [id]: plus(target, numberOf(amount)) },
  }
}

/** Collections of worlds that have all strategies, field types and a bank. */
export const variedRules: Readonly<Record<string, Rules>> = {
  badges: {
    strategy: 'serverWins',
    disputes: 'fields',
    deletes: 'editWins',
    required: ['id', 'label', 'level'],
    defaults: {},
    ruleOf: () => 'server',
    named: {},
    fits: always,
  },
  tickets: {
    strategy: 'optimisticVersion that tries again',
    disputes: 'record',
    deletes: 'deleteWins',
    required: ['id', 'state', 'steps'],
    defaults: {},
    ruleOf: () => 'newcomer',
    named: {
      advance: {
        run: (ticket, { to }) => ({ ...ticket, state: textOf(to), steps: add(ticket['steps'], 1) }),
        reads: [],
        changes: ['state', 'steps'],
      },
    },
    fits: always,
  },
  orders: {
    strategy: 'optimisticVersion that refuses',
    disputes: 'record',
    deletes: 'editWins',
    required: ['id', 'item', 'amount'],
    defaults: {},
    ruleOf: () => 'refuse',
    named: {},
    fits: always,
  },
  drafts: {
    strategy: 'lastWriteWins',
    disputes: 'fields',
    deletes: 'deleteWins',
    required: ['id', 'text', 'mark'],
    defaults: {},
    ruleOf: () => 'later',
    named: {},
    fits: always,
  },
  plans: {
    strategy: 'fieldMerge with several strategies',
    disputes: 'fields',
    deletes: 'ask',
    required: ['id', 'title', 'state', 'level', 'owner'],
    defaults: {},
    ruleOf: (field) =>
      field === 'title' ? 'ask' : field === 'state' ? 'later' : field === 'level' ? 'middle' : 'server',
    named: {},
    fits: always,
  },
  stocks: {
    strategy: 'fieldMerge beside field types',
    disputes: 'fields',
    deletes: 'editWins',
    required: ['id', 'name'],
    defaults: {},
    kinds: { count: counter, tags: orSet },
    ruleOf: () => 'ask',
    named: {
      sell: {
        run: (stock, { by, buyer }) => ({
          ...stock,
          count: add(stock['count'], -numberOf(by)),
          // Of a deleted stock that a device never had it knows the id alone: nothing comes of that.
          tags: [...new Set([...((stock['tags'] ?? []) as readonly Value[]), 'sold'])],
          buyer: textOf(buyer),
        }),
        reads: [],
        changes: ['buyer', 'count', 'tags'],
      },
    },
    fits: always,
  },
  sheets: {
    strategy: 'optimisticVersion beside field types',
    disputes: 'record',
    deletes: 'ask',
    required: ['id', 'title'],
    defaults: {},
    kinds: { cells: registerMap, layout: byPath(firstLayout) },
    ruleOf: () => 'ask',
    named: {},
    fits: always,
  },
  texts: {
    strategy: 'fieldMerge beside field types',
    disputes: 'fields',
    deletes: 'editWins',
    required: ['id', 'title'],
    defaults: {},
    kinds: { body: text, script: otText },
    ruleOf: () => 'ask',
    named: {},
    fits: always,
  },
  accounts: {
    strategy: 'serverWins',
    disputes: 'fields',
    deletes: 'editWins',
    required: ['id', 'owner', 'balance'],
    defaults: {},
    ruleOf: () => 'server',
    named: {
      transfer: {
        run: (account, { amount }) => plus(account, -numberOf(amount)),
        reads: [],
        changes: ['balance'],
      },
      receive: {
        run: (account, { amount }) => plus(account, numberOf(amount)),
        reads: [],
        changes: ['balance'],
      },
    },
    halves: { transfer, receive: (record) => ({ kind: 'made', record, further: {} }) },
    forbids: (before, after, type) =>
      type === 'create'
        ? before !== undefined || after?.['balance'] !== opening
        : type !== 'transfer' &&
          type !== 'receive' &&
          !(type === 'update' && before?.['balance'] === after?.['balance']),
    fits: always,
  },
}
