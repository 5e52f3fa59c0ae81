import { expect, test } from 'vitest'
import { readOptions } from '../options.ts'
import { replayOf } from '../regressions.ts'

const read = (...args: readonly string[]) => readOptions(args, replayOf)

test('many seeds are run from one on, over either kind of store', () => {
  expect(read('--seeds', '20', '--seed', '5', '--cores', '1', '--stores', 'sqlite', '--no-shrink')).toEqual({
    kind: 'seeds',
    first: 5,
    count: 20,
    cores: 1,
    stores: 'sqlite',
    shrinks: false,
  })
})

test('what is set by hand holds in each fresh world', () => {
  const params = { varied: 0.7, weights: { pay: 20 } }
  expect(read('--seeds', '20', '--params', JSON.stringify(params))).toMatchObject({ kind: 'seeds', params })
  expect(replayOf(12, params)).toEqual({ seed: 12, params })
  expect(replayOf(46, params)).toEqual(replayOf(46))
})

test('one seed is one world, as it was kept where it once failed', () => {
  expect(read('--seeds', '1', '--seed', '12')).toMatchObject({ kind: 'replay', replay: { seed: 12 } })
  expect(read('--seeds', '1', '--seed', '46')).toMatchObject({ replay: { params: { scopes: 1 } } })
  expect(read('--seed', '12', '--trace', 'f.json')).toMatchObject({ kind: 'replay', traceFile: 'f.json' })
})

test('what was printed is run as it was, and not shrunk again', () => {
  const replay = {
    seed: 7,
    params: { devices: 1, network: { dropRequest: 0 } },
    only: [4, 9],
    bug: 'a dead letter is lost',
  }
  expect(read('--replay', JSON.stringify(replay))).toEqual({
    kind: 'replay',
    replay,
    traceFile: undefined,
    shrinks: false,
  })
})

test.each([
  [['--seeds', 'many'], 'not a whole number'],
  [['--stores', 'paper'], 'one of memory, sqlite'],
  [['--seed', '1', '--bug', 'none'], 'a dead letter is lost'],
  [['--replay', '{"seed":"x"}'], 'seed'],
])('%j is refused with a sentence that helps', (args, sentence) => {
  expect(() => read(...args)).toThrow(sentence)
})
