import { describe, expect, test } from 'vitest'
import {
  SyncError,
  type Hook,
  type Observe,
  type Plugin,
  type SyncState,
  type Waterfall,
} from '@holdfast/core'
import { createHookRunner } from '../../src/plugin/kernel.ts'
import type { Draft } from '../../src/plugin/hooks.ts'
import type { Change } from '../../src/protocol/pull.ts'
import { failure } from '../support/failure.ts'

const draft: Draft = { scope: 's', collection: 'tasks', recordId: 'r', type: 'update', payload: [] }
const state: SyncState = { status: 'stopped' }

/** Adds its name to the payload. */
const adding = (name: string, order?: 'first' | 'last'): Plugin => {
  const handler: Waterfall<Draft> = (value) => ({ ...value, payload: [...(value.payload as string[]), name] })
  const hook: Hook<Waterfall<Draft>> = order === undefined ? handler : { order, handler }
  return { name, hooks: { beforeEnqueue: hook } }
}

const order = async (...plugins: readonly Plugin[]): Promise<unknown> =>
  (await createHookRunner(plugins).waterfall('beforeEnqueue', draft)).payload

describe('[EN24] hooks of one name run one after the other', () => {
  test('in the order of the plugins', async () => {
    expect(await order(adding('a'), adding('b'), adding('c'))).toEqual(['a', 'b', 'c'])
  })

  test('first before, last after, and among themselves in the order of the plugins', async () => {
    const plugins = [
      adding('z', 'last'),
      adding('a'),
      adding('f', 'first'),
      adding('y', 'last'),
      adding('b'),
      adding('g', 'first'),
    ]
    expect(await order(...plugins)).toEqual(['f', 'g', 'a', 'b', 'z', 'y'])
  })

  test('the next one gets what an asynchronous one returned', async () => {
    const slow: Plugin = {
      name: 'slow',
      hooks: {
        async beforeEnqueue(value) {
          await Promise.resolve()
          return { ...value, payload: ['slow'] }
        },
      },
    }
    expect(await order(slow, adding('b'))).toEqual(['slow', 'b'])
  })

  test('without hooks a value comes back as it was', async () => {
    const runner = createHookRunner([{ name: 'idle' }])
    expect(runner.has('beforeEnqueue')).toBe(false)
    expect(await runner.waterfall('beforeEnqueue', draft)).toBe(draft)
    expect(await runner.observe('onStateChange', state)).toEqual([])
  })
})

describe('[EN25] an observing hook is told and changes nothing', () => {
  test('what it returns is dropped', async () => {
    const told: unknown[] = []
    const observer: Observe<SyncState> = (value) => {
      told.push(value)
      return { status: 'offline' } as never
    }
    const runner = createHookRunner([
      { name: 'one', hooks: { onStateChange: observer } },
      { name: 'two', hooks: { onStateChange: observer } },
    ])
    expect(await runner.observe('onStateChange', state)).toEqual([])
    expect(told).toEqual([state, state])
  })

  test('what it does to what it is told, nobody else sees', async () => {
    const results = [{ kind: 'applied', id: 'o-1', version: 1 }] as const
    const heard: unknown[] = []
    const runner = createHookRunner([
      {
        name: 'careless',
        hooks: {
          afterPush(told) {
            Object.assign(told[0] ?? {}, { kind: 'rejected' })
            ;(told as unknown[]).length = 0
          },
        },
      },
      { name: 'next', hooks: { afterPush: (told) => void heard.push(told) } },
    ])
    expect(await runner.observe('afterPush', results)).toEqual([])
    expect(heard).toEqual([results])
    expect(results).toEqual([{ kind: 'applied', id: 'o-1', version: 1 }])
  })

  test('one that fails keeps no other from being told, and is named', async () => {
    const told: string[] = []
    const runner = createHookRunner([
      {
        name: 'broken',
        hooks: {
          onStateChange() {
            throw new Error('no luck')
          },
        },
      },
      { name: 'fine', hooks: { onStateChange: ({ status }) => void told.push(status) } },
    ])
    const [failed, ...others] = await runner.observe('onStateChange', state)
    expect(told).toEqual(['stopped'])
    expect(others).toEqual([])
    expect(failed).toMatchObject({
      code: 'PLUGIN_FAILED',
      details: { plugin: 'broken', hook: 'onStateChange', reason: 'no luck' },
      cause: new Error('no luck'),
    })
  })
})

describe('[EN26] a failing hook is wrapped with plugin and hook name', () => {
  const broken = (thrown: unknown): Plugin => ({
    name: 'broken',
    hooks: { beforeEnqueue: () => Promise.reject(thrown) },
  })

  test('whatever it threw', async () => {
    for (const thrown of [new TypeError('x'), 'x', undefined]) {
      const error = await failure(order(adding('a'), broken(thrown), adding('c')), 'PLUGIN_FAILED')
      expect(error.details).toMatchObject({ plugin: 'broken', hook: 'beforeEnqueue' })
      expect(error.message).toContain('"broken" failed in beforeEnqueue')
      expect(error.cause).toBe(thrown)
    }
  })

  test('one that forgets to return is named, and not the one that gets nothing', async () => {
    const forgetful: Plugin = { name: 'forgetful', hooks: { beforeEnqueue: () => undefined as never } }
    const error = await failure(order(forgetful, adding('a')), 'PLUGIN_FAILED')
    expect(error.details).toMatchObject({ plugin: 'forgetful', hook: 'beforeEnqueue' })
  })

  test.each([
    ['returns fewer', (changes: Change[]) => changes.slice(1)],
    ['returns another', ([first, ...others]: Change[]) => [{ ...first, id: 'x' } as Change, ...others]],
    ['changes the order', (changes: Change[]) => changes.toReversed()],
    ['takes one out of the very list that it is given', (changes: Change[]) => (changes.pop(), changes)],
    ['returns no list', () => ({ length: 2 }) as unknown as Change[]],
  ])('one that %s is named', async (_, change) => {
    const thief: Plugin = {
      name: 'thief',
      hooks: { beforeApplyRemote: (changes) => change(changes as Change[]) },
    }
    const runner = createHookRunner([{ name: 'idle', hooks: { beforeApplyRemote: (x) => x } }, thief])
    const head = { collection: 'tasks', version: 1, seq: 1, updatedBy: 'u', updatedAt: 1 }
    const changes = ['r-1', 'r-2'].map((id) => ({ ...head, id, kind: 'deleted' as const }))
    const error = await failure(runner.waterfall('beforeApplyRemote', changes), 'PLUGIN_FAILED')
    expect(error.details).toMatchObject({
      plugin: 'thief',
      hook: 'beforeApplyRemote',
      reason: 'it must return the same items in the same order',
    })
  })

  test('a SyncError is the hook’s own word and passes as it is', async () => {
    const refusal = new SyncError('INVALID', 'Not on a Sunday.', { path: 'title' })
    expect(await failure(order(broken(refusal)), 'INVALID')).toBe(refusal)
  })
})

test('[EN27] two plugins can not share a name', async () => {
  const error = await failure(
    () => createHookRunner([adding('a'), adding('b'), adding('a')]),
    'MISCONFIGURED',
  )
  expect(error.details).toEqual({ option: 'plugins' })
  expect(error.message).toContain('"a"')
})
