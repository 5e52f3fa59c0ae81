import { readFileSync } from 'node:fs'
import { counter, defineField, type FieldType, type Portable } from '@holdfast/core'
import { fieldTypeConformance, fieldTypeRules, promisedFieldTypeRules } from '@holdfast/core/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { SyncError } from '../../src/base/errors.ts'
import { fieldCases, type FieldCase } from '../support/field-cases.ts'
import { letterWishes, orderedLog } from '../support/ordered-log.ts'

describe.each(Object.keys(fieldCases))('%s', (name) => {
  fieldTypeConformance({ test, ...(fieldCases[name] as FieldCase) })
})

describe('a type that needs the order of the server', () => {
  fieldTypeConformance({ test, field: () => orderedLog, wishes: letterWishes, commutative: false })
})

/** The rules that a type breaks. */
const broken = async (options: FieldCase): Promise<string> => {
  const runs: Promise<string>[] = []
  const rule = (name: string): string => /^\[(FT\d+)\]/.exec(name)?.[1] ?? name
  fieldTypeConformance({
    runs: 30,
    ...options,
    test: (name, run) =>
      runs.push(
        run().then(
          () => '',
          () => rule(name),
        ),
      ),
  })
  return (await Promise.all(runs)).filter((name) => name !== '').join(' ')
}

const { wishes, effect } = fieldCases['counter'] as FieldCase
const refuse = (reason: string): never => {
  throw new SyncError('INVALID', `It can't be added: ${reason}.`, { reason })
}
const toNumber = (value: Portable): number =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : refuse('no number')
const fits = (value: number): number => (Number.isSafeInteger(value) ? value : refuse('too much'))

/** A counter, as good as the one of core. */
const sum: FieldType<number> = {
  name: 'sum',
  empty: { value: 0 },
  prepare: ({ value }, wanted) => {
    const by =
      wanted.kind === 'change' ? toNumber(wanted.input) : fits(toNumber(wanted.value) - toNumber(value))
    return by === 0 ? undefined : by
  },
  apply: ({ value }, delta) => ({ value: fits(toNumber(value) + toNumber(delta)) }),
  compose: (first, second) => first + second,
  difference: (before, after) => {
    const by = toNumber(after.value) - toNumber(before.value)
    return by === 0 ? undefined : by
  },
}

const like = (change: Partial<FieldType<number>>): FieldCase => ({
  field: () => defineField(z.int(), { ...sum, ...change }),
  wishes,
  ...(effect === undefined ? {} : { effect }),
})

/** A list that grows one by one; `gap` is thrown where one is missing. */
const withGaps = (gap: SyncError): FieldCase => ({
  field: () => ({
    name: 'log',
    empty: { value: [] },
    prepare: ({ value }, wanted) =>
      wanted.kind === 'change' ? { at: (value as readonly Portable[]).length } : undefined,
    apply: ({ value }, delta) => {
      const list = value as readonly Portable[]
      const at = typeof delta === 'object' && delta !== null && 'at' in delta ? delta.at : undefined
      if (typeof at !== 'number') return refuse('no place')
      if (at > list.length) throw gap
      return { value: [...list, 1] }
    },
    compose: () => undefined,
    difference: () => undefined,
  }),
  wishes: () => ({ kind: 'change', input: 1 }),
})

test('a type that keeps the rules passes', async () => {
  expect(await broken(like({}))).toBe('')
})

const misfits: readonly {
  readonly name: string
  readonly options: () => FieldCase
  readonly breaks: string
}[] = [
  {
    name: 'has no name',
    options: () => like({ name: '' }),
    breaks: 'FT1',
  },
  {
    name: 'starts with a value that the field refuses',
    options: () => ({
      ...like({}),
      field: () => defineField(z.int().max(500), { ...sum, empty: { value: 600 } }),
    }),
    breaks: 'FT1 FT7 FT15',
  },
  {
    name: 'changes what it is given',
    options: () => {
      const tallied = (value: Portable): { count: number } => ({ ...(value as { count: number }) })
      return {
        field: () => ({
          name: 'tally',
          empty: { value: 0, hidden: { count: 0 } },
          prepare: (_state, wanted) => (wanted.kind === 'change' ? wanted.input : undefined),
          apply(state, delta) {
            const by = toNumber(delta)
            const value = fits(toNumber(state.value) + by)
            const hidden = state.hidden as unknown as { count: number }
            if (Object.isFrozen(hidden)) return { value, hidden: tallied(state.hidden ?? null) }
            hidden.count += by
            return { value, hidden: tallied(state.hidden ?? null) }
          },
          compose: () => undefined,
          difference: (before, after) => {
            const by = toNumber(after.value) - toNumber(before.value)
            return by === 0 ? undefined : by
          },
        }),
        wishes: (random) => ({ kind: 'change', input: random.between(1, 3) }),
      }
    },
    breaks: 'FT2 FT11 FT12 FT13 FT14 FT15 FT18',
  },
  {
    name: 'remembers what it was asked before',
    options: () => {
      let asked = 0
      return like({
        apply: ({ value }, delta) => ({
          value: fits(toNumber(value) + toNumber(delta)),
          hidden: (asked += 1),
        }),
      })
    },
    breaks: 'FT2 FT3 FT4 FT11 FT12 FT13 FT14 FT18',
  },
  {
    name: 'makes deltas that no database keeps',
    options: () => like({ compose: () => Number.NaN }),
    breaks: 'FT4 FT8 FT9',
  },
  {
    name: 'goes by more than values',
    options: () => {
      const own = new WeakSet<object>()
      const box = (by: number): Portable => {
        const made = { by }
        own.add(made)
        return made
      }
      const by = (delta: Portable): number => {
        if (typeof delta !== 'object' || delta === null || !('by' in delta)) return refuse('no delta')
        return own.has(delta) ? toNumber(delta['by'] ?? null) : 0
      }
      return {
        ...like({}),
        field: () => ({
          ...sum,
          prepare: (state, wanted, maker) => {
            const amount = sum.prepare(state, wanted, maker)
            return amount === undefined ? undefined : box(amount)
          },
          apply: ({ value }, delta) => ({ value: fits(toNumber(value) + by(delta)) }),
          compose: (first, second) => box(by(first) + by(second)),
          difference: (before, after) => {
            const amount = toNumber(after.value) - toNumber(before.value)
            return amount === 0 ? undefined : box(amount)
          },
        }),
      }
    },
    breaks: 'FT4',
  },
  {
    name: 'forgets every seventh',
    options: () =>
      like({
        prepare: (state, wanted, maker) => {
          const by = sum.prepare(state, wanted, maker)
          return by === 3 ? 2 : by
        },
      }),
    breaks: 'FT5',
  },
  {
    name: 'writes where there is nothing to write',
    options: () =>
      like({
        prepare: (state, wanted, maker) => sum.prepare(state, wanted, maker) ?? 0,
      }),
    breaks: 'FT6',
  },
  {
    name: 'has values that the field refuses',
    options: () => ({ ...like({}), field: () => defineField(z.int().min(-2), sum) }),
    breaks: 'FT7 FT15',
  },
  {
    name: 'loses the first of two',
    options: () => like({ compose: (_first, second) => second }),
    breaks: 'FT8',
  },
  {
    name: 'makes one of two by who comes first',
    options: () => like({ compose: (first, second) => first - second }),
    breaks: 'FT8 FT9',
  },
  {
    name: 'knows no difference',
    options: () => like({ difference: () => undefined }),
    breaks: 'FT10',
  },
  {
    name: 'sees a difference to itself',
    options: () => like({ difference: (before, after) => toNumber(after.value) - toNumber(before.value) }),
    breaks: 'FT10',
  },
  {
    name: 'lets the last one win',
    options: () => ({
      field: () => ({
        ...sum,
        prepare: ({ value }, wanted) => {
          const wish = wanted.kind === 'set' ? wanted.value : refuse('no value')
          return wish === value ? undefined : wish
        },
        apply: (_state, delta) => ({ value: toNumber(delta) }),
        compose: (_first, second) => second,
        difference: (before, after) => (before.value === after.value ? undefined : after.value),
      }),
      wishes: (random) => ({ kind: 'set', value: random.between(0, 9) }),
    }),
    breaks: 'FT11 FT12 FT14',
  },
  {
    name: 'throws what it likes',
    options: () =>
      like({
        apply: ({ value }, delta) => {
          if (typeof delta !== 'number') throw new TypeError('no number')
          return { value: fits(toNumber(value) + toNumber(delta)) }
        },
      }),
    breaks: 'FT15',
  },
  {
    name: 'takes what it does not understand',
    options: () => like({ apply: ({ value }, delta) => ({ value: Number(value) + Number(delta) }) }),
    breaks: 'FT15',
  },
  {
    name: 'has no place for what is replayed',
    options: () => withGaps(new SyncError('MISSING_DEPENDENCY', 'There is a gap before it.', {})),
    breaks: 'FT10 FT17',
  },
  {
    name: 'takes a gap for nonsense',
    options: () => withGaps(new SyncError('INVALID', 'There is a gap before it.', { reason: 'gap' })),
    breaks: 'FT10 FT16 FT17',
  },
  {
    name: 'shows what the server does not have',
    options: () =>
      like({
        apply: ({ value }, delta, { replaying }) => ({
          value: fits(toNumber(value) + toNumber(delta)),
          ...(replaying ? { hidden: 'replayed' } : {}),
        }),
      }),
    breaks: 'FT12 FT14 FT18',
  },
  {
    name: 'looks at the time, and says that it does not',
    options: () =>
      like({
        ignoresTime: true,
        apply: ({ value, hidden }, delta, { timestamp }) => ({
          value: fits(toNumber(value) + toNumber(delta)),
          hidden: Math.max(toNumber(hidden ?? 0), timestamp),
        }),
      }),
    breaks: 'FT20',
  },
  {
    name: 'hides behind the order of the server',
    options: () => ({ ...like({}), commutative: false }),
    breaks: 'FT19',
  },
]

test.each(misfits)('a type that $name fails the kit', async ({ options, breaks }) => {
  expect(await broken(options())).toBe(breaks)
})

test('a type that needs the order of the server is not asked for laws of its own', async () => {
  const { options } = misfits.find(({ breaks }) => breaks === 'FT11 FT12 FT14') ?? {}
  if (options === undefined) throw new Error('There is no such type.')
  expect(await broken({ ...options(), commutative: false })).toBe('')
})

test('a type that has deltas without a place is not asked to show them', async () => {
  const { options } = misfits.find(({ breaks }) => breaks === 'FT10 FT17') ?? {}
  if (options === undefined) throw new Error('There is no such type.')
  expect(await broken({ ...options(), alwaysShown: false })).toBe('FT10')
})

test('what a type promises is told, and no test stands for what it does not promise', () => {
  const idsOf = (promises: Partial<FieldCase>, said: Partial<FieldType<number>> = {}): readonly string[] =>
    promisedFieldTypeRules({ ...like(said), ...promises }).map(({ id }) => id)
  const all = fieldTypeRules.map(({ id }) => id)
  expect(idsOf({})).toEqual(all.filter((id) => id !== 'FT19' && id !== 'FT20'))
  expect(idsOf({}, { ignoresTime: true })).toEqual(all.filter((id) => id !== 'FT19'))
  const laws = ['FT11', 'FT12', 'FT13', 'FT14']
  const ordered = all.filter((id) => !laws.includes(id) && id !== 'FT20')
  expect(idsOf({ commutative: false })).toEqual(ordered)
  expect(idsOf({ alwaysShown: false })).toEqual(all.filter((id) => !['FT17', 'FT19', 'FT20'].includes(id)))
  let tests = 0
  fieldTypeConformance({ ...like({}), commutative: false, test: () => void (tests += 1) })
  expect(tests).toBe(ordered.length)
})

test('it breaks them', async () => {
  const laws = await broken({ field: () => orderedLog, wishes: letterWishes })
  expect(laws.split(' ')).toEqual(expect.arrayContaining(['FT11', 'FT12']))
})

test('a failure names the run and the seed, and shows what differed', async () => {
  const failures: string[] = []
  const runs: Promise<void>[] = []
  fieldTypeConformance({
    ...like({ compose: (_first, second) => second }),
    seed: 'named',
    test: (_name, run) => runs.push(run().catch((error: unknown) => void failures.push(String(error)))),
  })
  await Promise.all(runs)
  expect(failures).toHaveLength(1)
  expect(failures[0]).toMatch(/Run \d+ of the seed "named": .*Apart they give/)
})

test('the number of runs is an option', () => {
  let asked = 0
  fieldTypeConformance({
    field: counter,
    wishes: () => {
      asked += 1
      return { kind: 'change', input: 1 }
    },
    runs: 3,
    test: (name, run) => void (name.startsWith('[FT12]') && run()),
  })
  expect(asked).toBeGreaterThan(0)
  expect(asked).toBeLessThan(40)
})

test('rules are numbered without gaps, and the specification lists every rule', () => {
  expect(fieldTypeRules.map(({ id }) => id)).toEqual(fieldTypeRules.map((_, index) => `FT${index + 1}`))
  const text = readFileSync(new URL('../../../../docs/spec/model.md', import.meta.url), 'utf8')
  const listed = [...text.matchAll(/^\* \*\*(FT\d+)\*\* (.+(?:\n {2}.+)*)\.$/gm)].map(
    ([, id, title = '']) => ({
      id,
      title: title.replaceAll('\n  ', ' '),
    }),
  )
  expect(listed).toEqual(fieldTypeRules.map(({ id, title }) => ({ id, title })))
})
