import { expect, test } from 'vitest'
import { createSeededRandom, createVirtualTime, type VirtualTime } from '@holdfast/core/testing'

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const open = (seed = 'a'): { readonly time: VirtualTime; readonly events: string[] } => {
  const events: string[] = []
  const onEvent = (label: string, at: number): void => void events.push(`${at} ${label}`)
  return { time: createVirtualTime({ random: createSeededRandom(seed), settle, onEvent }), events }
}

const runAll = async (time: VirtualTime, until: number): Promise<void> => {
  while (await time.step(until));
}

test('the same seed gives the same values, another seed others', () => {
  const draw = (seed: string): readonly number[] => {
    const random = createSeededRandom(seed)
    return [random.next(), random.between(1, 1_000_000), ...random.bytes(4), random.fork('part').next()]
  }
  expect(draw('a')).toEqual(draw('a'))
  expect(draw('a')).not.toEqual(draw('b'))
})

test('what one part draws leaves the values of another as they were', () => {
  const [once, twice] = [createSeededRandom('a'), createSeededRandom('a')]
  twice.next()
  expect(once.fork('part').next()).toBe(twice.fork('part').next())
})

test('weights decide how often, and 0 means never', () => {
  const random = createSeededRandom('a')
  const drawn = Array.from({ length: 1_000 }, () => random.weighted({ often: 9, seldom: 1, never: 0 }))
  expect(drawn.filter((name) => name === 'often').length).toBeGreaterThan(800)
  expect(drawn).toContain('seldom')
  expect(drawn).not.toContain('never')
})

test('events run in the order of their times, and time passes with them alone', async () => {
  const { time, events } = open()
  for (const ms of [30, 10, 20, 10_000, 5]) time.after(ms, `after ${ms}`, () => undefined)
  await runAll(time, 100)
  expect(events).toEqual(['5 after 5', '10 after 10', '20 after 20', '30 after 30'])
  expect(time.now()).toBe(100)
})

test('the seed orders what is due at one time', async () => {
  const order = async (seed: string): Promise<readonly string[]> => {
    const { time, events } = open(seed)
    for (let index = 0; index < 8; index += 1) time.after(10, String(index), () => undefined)
    await runAll(time, 10)
    return events
  }
  expect(await order('a')).toEqual(await order('a'))
  expect(await order('a')).not.toEqual(await order('b'))
})

test('a step ends when no promise callback waits any more', async () => {
  const { time } = open()
  const done: string[] = []
  const slowly = async (): Promise<void> => {
    for (let count = 0; count < 50; count += 1) await Promise.resolve()
    done.push('first')
  }
  time.after(1, 'first', () => void slowly())
  time.after(2, 'second', () => void done.push('second'))
  await runAll(time, 10)
  expect(done).toEqual(['first', 'second'])
})

test('what was cancelled does not run', async () => {
  const { time, events } = open()
  const cancel = time.after(5, 'cancelled', () => undefined)
  time.after(1, 'cancels', cancel)
  await runAll(time, 10)
  expect(events).toEqual(['1 cancels'])
})
