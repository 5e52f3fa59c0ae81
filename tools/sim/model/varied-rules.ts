import { byPath, counter, orSet, registerMap } from './kinds.ts'
import { otText } from './ot-kind.ts'
import { text } from './text-kind.ts'
import { add, laterWins, serverWins, usual, type Half, type Rules } from './rule-types.ts'
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
    ...serverWins,
    required: ['id', 'label', 'level'],
  },
  tickets: {
    ...usual,
    strategy: 'optimisticVersion that tries again',
    disputes: 'record',
    deletes: 'deleteWins',
    required: ['id', 'state', 'steps'],
    ruleOf: () => 'newcomer',
    named: {
      advance: {
        run: (ticket, { to }) => ({ ...ticket, state: textOf(to), steps: add(ticket['steps'], 1) }),
        reads: [],
        changes: ['state', 'steps'],
      },
    },
  },
  orders: {
    ...usual,
    strategy: 'optimisticVersion that refuses',
    disputes: 'record',
    required: ['id', 'item', 'amount'],
    ruleOf: () => 'refuse',
  },
  drafts: {
    ...laterWins,
    deletes: 'deleteWins',
    required: ['id', 'text', 'mark'],
  },
  plans: {
    ...usual,
    strategy: 'fieldMerge with several strategies',
    deletes: 'ask',
    required: ['id', 'title', 'state', 'level', 'owner'],
    ruleOf: (field) =>
      field === 'title' ? 'ask' : field === 'state' ? 'later' : field === 'level' ? 'middle' : 'server',
  },
  stocks: {
    ...usual,
    strategy: 'fieldMerge beside field types',
    required: ['id', 'name'],
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
  },
  sheets: {
    ...usual,
    strategy: 'optimisticVersion beside field types',
    disputes: 'record',
    deletes: 'ask',
    required: ['id', 'title'],
    kinds: { cells: registerMap, layout: byPath(firstLayout) },
    ruleOf: () => 'ask',
  },
  texts: {
    ...usual,
    strategy: 'fieldMerge beside field types',
    required: ['id', 'title'],
    kinds: { body: text, script: otText },
    ruleOf: () => 'ask',
  },
  accounts: {
    ...serverWins,
    required: ['id', 'owner', 'balance'],
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
  },
}
