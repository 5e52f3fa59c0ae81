import { expect, test } from 'vitest'
import { z } from 'zod'
import { encodePortable } from '../../src/base/codec.ts'
import { hasCode } from '../../src/base/errors.ts'
import {
  hasMortalOperations,
  operationLifetime,
  recordLifetime,
  type CollectionLifetime,
} from '../../src/model/lifetime.ts'
import { counter } from '../../src/model/fields/counter.ts'
import { collection, defineSchema } from '../../src/model/schema.ts'

const fields = z.object({ id: z.string(), text: z.string(), votes: counter() })
const living = (lifetime?: CollectionLifetime) =>
  collection({
    fields,
    operations: { touch: { input: z.object({ $deltas: z.string() }), apply: (record) => record } },
    ...(lifetime === undefined ? {} : { lifetime }),
  })

const worth = (lifetime: CollectionLifetime | undefined, type = 'update', value: object = { text: 'a' }) =>
  operationLifetime(living(lifetime), { type, payload: encodePortable(value) })

test('[TL1] without a word operations and records live for ever', () => {
  expect(worth(undefined)).toBe(Infinity)
  expect(worth(Infinity)).toBe(Infinity)
  expect(worth({ records: '1h' })).toBe(Infinity)
  expect(recordLifetime(living())).toBe(Infinity)
  expect(hasMortalOperations(living({ records: '1h', types: { create: Infinity } }))).toBe(false)
})

test.each([
  ['90s', 90_000],
  ['90m', 5_400_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['1.5h', 5_400_000],
  [1, 1],
  ['drop', 'drop'],
] as const)('[TL1] %s is read', (lifetime, ms) => {
  expect(worth(lifetime)).toBe(ms)
  expect(hasMortalOperations(living(lifetime))).toBe(true)
})

test('[TL1] a predicate comes before types, and types before the rest; a put is an update', () => {
  const lifetime: CollectionLifetime = {
    operations: '1d',
    types: { update: '2h', touch: 'drop' },
    when: ({ type, payload }) =>
      type !== 'touch' && (payload as { readonly text?: string }).text === 'now' ? 5 : undefined,
    records: '1h',
  }
  expect(worth(lifetime, 'create')).toBe(86_400_000)
  expect(worth(lifetime, 'update')).toBe(7_200_000)
  expect(worth(lifetime, 'put')).toBe(7_200_000)
  expect(worth(lifetime, 'touch')).toBe('drop')
  expect(worth(lifetime, 'update', { text: 'now' })).toBe(5)
  expect(recordLifetime(living(lifetime))).toBe(3_600_000)
})

test('[TL1] a predicate sees fields of the record, and nothing that a payload carries beside them', () => {
  const seen: unknown[] = []
  const lifetime: CollectionLifetime = {
    when({ payload }) {
      seen.push(payload)
      return undefined
    },
  }
  worth(lifetime, 'update', { text: 'a', $deltas: { votes: 2 } })
  worth(lifetime, 'put', { text: 'a', $ages: { text: 5 } })
  worth(lifetime, 'touch', { $deltas: 'input' })
  expect(seen).toEqual([{ text: 'a' }, { text: 'a' }, { $deltas: 'input' }])
})

test.each([
  0,
  -1,
  Number.NaN,
  '24',
  '24 h',
  '0h',
  'never',
  '1w',
  { operations: null },
  { records: 'drop' },
  { types: { update: '1' } },
  { types: { unknown: '1h' } },
  { when: '1h' },
])('[TL1] %j is refused', (lifetime) => {
  let refused: unknown
  try {
    defineSchema({ version: '1.0.0', collections: { notes: living(lifetime as CollectionLifetime) } })
  } catch (error) {
    refused = error
  }
  expect(hasCode(refused, 'MISCONFIGURED') && refused.details.option).toBe('collections.notes.lifetime')
})
