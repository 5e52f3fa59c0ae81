import { describe, expect, test } from 'vitest'
import { transition } from '../../src/engine/transition.ts'
import { cells, events, observed, policy, states, table } from './transition-cells.ts'

describe('[EN1] every state answers every event', () => {
  test.each(cells)('%s, %s', (status, event) => {
    expect(observed(states[status], events[event])).toBe(table[status][event])
  })

  test.each(cells)('%s, %s: the same answer each time, and the input as it was', (status, event) => {
    const before = structuredClone({ ...states[status], error: undefined })
    const [first, second] = [1, 2].map(() => transition(states[status], events[event], policy))
    expect(first).toEqual(second)
    expect({ ...states[status], error: undefined }).toEqual(before)
  })
})

test('[EN2] stop leads to stopped from everywhere, and stopped hears only start', () => {
  for (const state of Object.values(states)) {
    expect(transition(state, events.stop, policy).state.status).toBe('stopped')
  }
  const leaving = Object.values(events).filter((event) => observed(states.stopped, event) !== 'stay')
  expect(leaving).toEqual([events.start])
})
