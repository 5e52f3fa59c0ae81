import { definePlugin, type createSyncClient, type Plugin } from '@holdfast/core'
import { orderHooks } from '@holdfast/core/protocol'
import type { ServerHookTable, ServerPlugin, createSyncHandlers } from '@holdfast/server'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { create, memoryWorld } from '../support/world.ts'

const sawOnServer: string[] = []

/** One object with a half for each side. */
const audit = definePlugin({
  name: 'audit',
  setup: ({ user }) => ({ user }),
  hooks: { beforeEnqueue: (draft) => draft },
  server: {
    beforeApply({ userId, operation }) {
      sawOnServer.push(`${userId}: ${operation.recordId}`)
    },
  } satisfies ServerHookTable,
})

const clientOnly = definePlugin({ name: 'local', hooks: { onStateChange: () => undefined } })

test('[PG1] what definePlugin returns is a plugin of the client and of the server', async () => {
  expectTypeOf(audit).toExtend<Plugin>()
  expectTypeOf(audit).toExtend<ServerPlugin>()
  expectTypeOf(audit).toExtend<ServerPlugin<{ readonly connection: string }>>()
  expectTypeOf(clientOnly).toExtend<ServerPlugin>()
  expectTypeOf<Parameters<typeof createSyncHandlers>[0]['plugins']>().toEqualTypeOf<
    readonly ServerPlugin[] | undefined
  >()

  const world = memoryWorld({ plugins: [audit, clientOnly] })
  const a = world.client('a')
  await a.push(create(a, 'r-1', { title: 'one' }))
  expect(sawOnServer).toEqual(['u-1: r-1'])
})

test('[PG1] what setup returns keeps its type beside a half for the server', () => {
  type Client = Awaited<
    ReturnType<typeof createSyncClient<Record<never, never>, readonly [typeof audit, typeof clientOnly]>>
  >
  expectTypeOf<Client['plugins']['audit']>().toEqualTypeOf<{ user: string }>()
  expectTypeOf<Client['plugins']['local']>().toEqualTypeOf<undefined>()
})

test('[PG1] a half for another server is no plugin of this one', () => {
  const other = definePlugin({ name: 'other', server: { beforeApply: 7 } })
  expectTypeOf(other).not.toExtend<ServerPlugin>()
  // @ts-expect-error Type 'number' is not assignable to a hook
  const options: Pick<Parameters<typeof createSyncHandlers>[0], 'plugins'> = { plugins: [other] }
  expect(() => memoryWorld({ plugins: options.plugins ?? [] })).toThrow(/beforeApply of the plugin "other"/)
})

describe('[PG2] the order of hooks is one rule for both sides', () => {
  const hook = (label: string) => () => label
  const labels = (plugins: Parameters<typeof orderHooks>[0]): readonly unknown[] =>
    orderHooks(plugins)('h').map(({ plugin, handler }) => [plugin, handler(undefined)])

  test('first, the middle, last; within these the order of the plugins', () => {
    expect(
      labels([
        { name: 'a', hooks: { h: { order: 'last', handler: hook('1') } } },
        { name: 'b', hooks: { h: hook('2') } },
        { name: 'c' },
        { name: 'd', hooks: { h: { order: 'first', handler: hook('3') }, other: hook('4') } },
        { name: 'e', hooks: { h: hook('5') } },
      ]),
    ).toEqual([
      ['d', '3'],
      ['b', '2'],
      ['e', '5'],
      ['a', '1'],
    ])
  })

  test('a table may be an object with methods of a class', () => {
    class Hooks {
      h(): string {
        return 'inherited'
      }
    }
    expect(labels([{ name: 'a', hooks: new Hooks() }])).toEqual([['a', 'inherited']])
  })

  test.each([
    ['no function', { h: 1 }],
    ['null', { h: null }],
    ['an unknown order', { h: { order: 'early', handler: hook('1') } }],
    ['no handler', { h: { order: 'first' } }],
  ])('%s is refused at the start', (_, hooks) => {
    expect(() => orderHooks([{ name: 'a', hooks }])).toThrow(
      expect.objectContaining({ code: 'MISCONFIGURED', details: { option: 'plugins' } }),
    )
  })

  test('so are two plugins of one name', () => {
    expect(() => orderHooks([{ name: 'a' }, { name: 'a' }])).toThrow(/Two plugins are called "a"/)
  })
})
