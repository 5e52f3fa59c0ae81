import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  fieldMerge,
  lastWriteWins,
  manual,
  optimisticVersion,
  serverWins,
  systemEnvironment,
  type Conflict,
  type ConflictStrategy,
  type Portable,
  type Resolution,
  type Timers,
} from '@holdfast/core'
import { strategyConformance, strategyRules, type StrategyConformanceOptions } from '@holdfast/core/testing'

const samples = { done: [true, false], votes: [1, 2, 2n] }

const builtIn: readonly Omit<StrategyConformanceOptions, 'test'>[] = [
  { strategy: lastWriteWins, symmetric: true },
  { strategy: serverWins },
  { strategy: manual, symmetric: true },
  { strategy: optimisticVersion, symmetric: true },
  { strategy: fieldMerge, symmetric: true },
  { strategy: () => fieldMerge({ onOverlap: lastWriteWins() }), symmetric: true },
  { strategy: () => fieldMerge({ onOverlap: 'ask', fields: { done: lastWriteWins() } }), symmetric: true },
  { strategy: () => fieldMerge({ onOverlap: serverWins(), fields: { votes: manual() } }) },
  { strategy: () => fieldMerge({ onOverlap: fieldMerge({ fields: { title: lastWriteWins() } }) }) },
]

for (const [index, options] of builtIn.entries()) {
  describe(`built-in strategy ${index + 1}: ${options.strategy().name}`, () => {
    strategyConformance({ test, samples, ...options })
  })
}

/** The rules that a strategy breaks. */
const broken = async (options: Omit<StrategyConformanceOptions, 'test'>): Promise<string> => {
  const runs: Promise<string>[] = []
  const rule = (name: string): string => /^\[(CS\d+)\]/.exec(name)?.[1] ?? name
  strategyConformance({
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

const strategy =
  (resolve: (conflict: Conflict) => unknown): (() => ConflictStrategy) =>
  () => ({ name: 'broken', resolve: resolve as (conflict: Conflict) => Resolution })

const descending = (left: string, right: string): number => (left < right ? 1 : -1)

const largest = ({ fields, local, remote }: Conflict): Resolution => {
  const [field = ''] = fields
  const [mine, theirs] = [Number(local.values[field]), Number(remote.values[field])]
  return mine > theirs ? { take: 'local' } : { take: 'remote' }
}

/** A clock that moves while somebody waits, and only then. */
const clock = (() => {
  let time = 0
  const timers: Timers = {
    after(ms, run) {
      time += ms
      queueMicrotask(run)
      return () => undefined
    },
  }
  return { now: () => time, timers }
})()

const cases: readonly {
  readonly name: string
  readonly options: Omit<StrategyConformanceOptions, 'test'>
  readonly breaks: string
}[] = [
  {
    name: 'sorts the fields in place',
    options: {
      strategy: strategy(({ fields }) => ({ take: 'ask', fields: (fields as string[]).sort(descending) })),
    },
    breaks: 'CS2',
  },
  {
    name: 'changes a date in place',
    options: {
      strategy: strategy(({ fields: [field = ''], local }) => {
        const value = local.values[field]
        if (value instanceof Date) value.setTime(0)
        return { take: 'local' }
      }),
    },
    breaks: 'CS2',
  },
  {
    name: 'asks about nothing',
    options: { strategy: strategy(() => ({ take: 'ask', fields: [] })) },
    breaks: 'CS11',
  },
  {
    name: 'asks about a field that is not disputed',
    options: { strategy: strategy(() => ({ take: 'ask', fields: ['other'] })) },
    breaks: 'CS11',
  },
  {
    name: 'asks twice',
    options: { strategy: strategy(({ fields }) => ({ take: 'ask', fields: [...fields, ...fields] })) },
    breaks: 'CS11',
  },
  {
    name: 'tosses a coin',
    options: { strategy: strategy(() => ({ take: Math.random() < 0.5 ? 'local' : 'remote' })) },
    breaks: 'CS2 CS3 CS4 CS5 CS6',
  },
  {
    name: 'writes the time',
    options: {
      strategy: strategy(({ fields: [field = ''] }) => ({
        take: 'merged',
        patch: { [field]: clock.now() },
      })),
      environment: { ...systemEnvironment, timers: clock.timers },
    },
    breaks: 'CS4',
  },
  {
    name: 'counts how often it was asked',
    options: {
      strategy: () => {
        let count = 0
        return strategy(() => ({ take: (count += 1) % 7 < 3 ? 'local' : 'remote' }))()
      },
    },
    breaks: 'CS2 CS3 CS4 CS5 CS6',
  },
  {
    name: 'answers with a promise',
    options: { strategy: strategy(() => Promise.reject(new Error('later'))) },
    breaks: 'CS7',
  },
  {
    name: 'trusts that values are texts',
    options: {
      strategy: strategy(({ fields: [field = ''], local }) =>
        (local.values[field] as string).length > 3 ? { take: 'local' } : { take: 'remote' },
      ),
    },
    breaks: 'CS8',
  },
  {
    name: 'trusts that both sides have stamps',
    options: {
      strategy: strategy(({ fields: [field = ''], remote }) => {
        const { timestamp } = remote.stamps[field] as { timestamp: number }
        return { take: timestamp > 0 ? 'remote' : 'local' }
      }),
    },
    breaks: 'CS8',
  },
  { name: 'answers nothing', options: { strategy: strategy(() => undefined) }, breaks: 'CS9' },
  { name: 'answers nonsense', options: { strategy: strategy(() => ({ take: 'both' })) }, breaks: 'CS9' },
  {
    name: 'calls the patch by another name',
    options: { strategy: strategy(() => ({ take: 'merged', patches: {} })) },
    breaks: 'CS9 CS10',
  },
  {
    name: 'says more than was asked',
    options: { strategy: strategy(() => ({ take: 'remote', why: 'because' })) },
    breaks: 'CS9',
  },
  {
    name: 'patches a field that is not disputed',
    options: { strategy: strategy(() => ({ take: 'merged', patch: { editedBy: 'me' } })) },
    breaks: 'CS10',
  },
  {
    name: 'patches with what can not be stored',
    options: {
      strategy: strategy(({ fields: [field = ''] }) => ({ take: 'merged', patch: { [field]: Number.NaN } })),
    },
    breaks: 'CS10',
  },
  {
    name: 'refuses with a code of its own',
    options: { strategy: strategy(() => ({ take: 'reject', code: 'NOT_ON_SUNDAYS' })) },
    breaks: 'CS12',
  },
  {
    name: 'goes by the order of keys',
    options: {
      strategy: strategy(({ fields, local }) => {
        const [first] = Object.keys(local.values)
        return { take: first === fields[0] ? 'local' : 'remote' }
      }),
    },
    breaks: 'CS5',
  },
  {
    name: 'compares by identity',
    options: {
      strategy: strategy(({ fields: [field = ''], local, remote }) => ({
        take: local.values[field] === remote.values[field] ? 'remote' : 'local',
      })),
    },
    breaks: 'CS6',
  },
  {
    name: 'is called symmetric and is not',
    options: { strategy: strategy(largest), symmetric: true },
    breaks: 'CS8 CS13',
  },
  {
    name: 'has no name',
    options: { strategy: () => ({ name: '', resolve: () => ({ take: 'remote' }) }) },
    breaks: 'CS1',
  },
  {
    name: 'is configured at random',
    options: {
      strategy: () => ({ name: `s${Math.random()}`, resolve: () => ({ take: 'remote' }) }),
    },
    breaks: 'CS1',
  },
]

test.each(cases)('a strategy that $name fails the kit', async ({ options, breaks }) => {
  expect(await broken(options)).toBe(breaks)
})

test('a failure shows what was answered and the conflict', async () => {
  const failures: string[] = []
  const runs: Promise<void>[] = []
  strategyConformance({
    strategy: strategy(() => ({ take: 'ask', fields: [] })),
    test: (_name, run) => runs.push(run().catch((error: unknown) => void failures.push(String(error)))),
  })
  await Promise.all(runs)
  expect(failures).toHaveLength(1)
  expect(failures[0]).toMatch(/It asks about nothing.*\nThe conflict: .*"serverVersion"/)
})

test('samples reach the strategy, pair by pair', async () => {
  const values: Portable[] = [['a'], ['b']]
  const pairOf = (...pair: readonly unknown[]): string => inspect(pair)
  const seen = new Set<string>()
  const spy = strategy(({ local, remote }) => {
    seen.add(pairOf(local.values['labels'], remote.values['labels']))
    return { take: 'remote' }
  })
  const runs: Promise<void>[] = []
  strategyConformance({ strategy: spy, samples: { labels: values }, test: (_, run) => runs.push(run()) })
  await Promise.all(runs)
  const pairs = values.flatMap((left) => values.map((right) => pairOf(left, right)))
  expect([...seen]).toEqual(expect.arrayContaining(pairs))
})

test('rules are numbered without gaps, and the specification lists every rule', () => {
  expect(strategyRules.map(({ id }) => id)).toEqual(strategyRules.map((_, index) => `CS${index + 1}`))
  const text = readFileSync(new URL('../../../../docs/spec/model.md', import.meta.url), 'utf8')
  const listed = [...text.matchAll(/^\* \*\*(CS\d+)\*\* (.+?)\.$/gm)].map(([, id, title]) => ({ id, title }))
  expect(listed).toEqual(strategyRules.map(({ id, title }) => ({ id, title })))
})
