import { SyncError } from '@holdfast/core'
import { decodePortable, encodePortable } from '@holdfast/core/protocol'
import type { ServerPlugin } from '@holdfast/server'
import { describe, expect, test } from 'vitest'
import { create, memoryWorld, readRow } from '../support/world.ts'
import { storeNames, useWorld } from '../support/stores.ts'

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[PL1] hooks of one name run in the array’s order within first, middle and last', async () => {
    const order: string[] = []
    const plugin = (label: string, place?: 'first' | 'last'): ServerPlugin => {
      const handler = (): void => {
        order.push(label)
      }
      return {
        name: label,
        server: { afterCommit: place === undefined ? handler : { order: place, handler } },
      }
    }
    const plugins = [plugin('last', 'last'), plugin('a'), plugin('first', 'first'), plugin('b')]
    await (await start({ plugins })).client('a').push()
    expect(order).toEqual(['first', 'a', 'b', 'last'])
  })

  test('[PL2] acceptOperation may change what is judged, and not which operation or record it is', async () => {
    const world = await start({
      plugins: [
        {
          name: 'trim',
          server: {
            acceptOperation: (operation) => ({
              ...operation,
              id: 'forged',
              clientSeq: 99,
              recordId: 'other',
              payload: encodePortable({ ...(decodePortable(operation.payload) as object), title: 'trimmed' }),
            }),
          },
        },
      ],
    })
    const a = world.client('a')
    const first = create(a, 'r-1', { title: '  one  ' })
    expect((await a.push(first)).results).toEqual([{ id: first.id, kind: 'applied', version: 1 }])
    expect((await readRow(world.store, 'r-1'))?.data).toMatchObject({ title: 'trimmed' })
    expect((await a.push(first)).results).toMatchObject([{ kind: 'duplicate' }])
  })

  test('[PL3] migrateOperation is asked for operations of an older schema only', async () => {
    const asked: string[] = []
    const world = await start({
      plugins: [
        {
          name: 'migrate',
          server: {
            migrateOperation({ operation, from, to }) {
              asked.push(`${from} to ${to}`)
              const { name: title, ...rest } = decodePortable(operation.payload) as Record<string, string>
              return {
                operation: { ...operation, payload: encodePortable({ ...rest, title: title ?? '' }) },
                from,
                to,
              }
            },
          },
        },
      ],
    })
    const a = world.client('a')
    const old = { ...create(a, 'r-1', { name: 'one' }), opVersion: '0.9.0' }
    await a.push(old, create(a, 'r-2', { title: 'two' }))
    expect(asked).toEqual(['0.9.0 to 1.0.0'])
    expect((await readRow(world.store, 'r-1'))?.data).toMatchObject({ title: 'one' })
  })

  test('[PL4] beforeApply sees both rows and may refuse; a SyncError is the verdict', async () => {
    const world = await start({
      plugins: [
        {
          name: 'quota',
          server: {
            beforeApply({ before, after, scope, userId, operation }) {
              expect([scope, userId, operation.collection]).toEqual(['team-1', 'u-1', 'todos'])
              if (before === undefined && after?.['title'] === 'too much') {
                throw new SyncError('FORBIDDEN_OR_MISSING', 'The quota is used up.', {})
              }
            },
          },
        },
      ],
    })
    const a = world.client('a')
    const answer = await a.push(create(a, 'r-1', { title: 'too much' }), create(a, 'r-2', { title: 'fine' }))
    expect(answer.results).toMatchObject([
      { kind: 'rejected', code: 'FORBIDDEN_OR_MISSING', message: 'The quota is used up.' },
      { kind: 'applied' },
    ])
  })

  test('[PL5] a hook that fails makes its operation wait, and names plugin and hook but not the reason', async () => {
    const logged: unknown[] = []
    const world = await start({
      logger: { error: (_message, details) => logged.push(details) },
      plugins: [
        {
          name: 'fragile',
          server: {
            beforeApply({ after }) {
              if (after?.['title'] === 'bad') throw new Error('canary')
            },
          },
        },
      ],
    })
    const a = world.client('a')
    const answer = await a.push(create(a, 'r-1', { title: 'bad' }), create(a, 'r-2', { title: 'fine' }))
    expect(answer.results).toMatchObject([
      {
        kind: 'retry',
        code: 'PLUGIN_FAILED',
        message: expect.stringMatching(/fragile.*beforeApply/) as unknown,
      },
      { kind: 'applied' },
    ])
    expect(JSON.stringify(answer)).not.toContain('canary')
    expect(logged).toMatchObject([{ plugin: 'fragile', hook: 'beforeApply', error: { message: 'canary' } }])
  })

  test.each(['acceptOperation', 'migrateOperation'] as const)(
    '[PL5] %s that returns nothing fails by its own name, and ends no operation',
    async (hook) => {
      const logged: unknown[] = []
      const forgetful: ServerPlugin = { name: 'forgetful', server: { [hook]: () => undefined } }
      const strict: ServerPlugin = { name: 'strict', server: { [hook]: (value: object) => ({ ...value }) } }
      const world = await start({
        logger: { error: (_message, details) => logged.push(details) },
        plugins: [forgetful, strict],
      })
      const a = world.client('a')
      const answer = await a.push({ ...create(a, 'r-1', { title: 'one' }), opVersion: '0.9.0' })
      expect(answer.results).toMatchObject([
        { kind: 'retry', code: 'PLUGIN_FAILED', message: expect.stringMatching(/forgetful/) as unknown },
      ])
      expect(logged).toMatchObject([{ plugin: 'forgetful', hook }])
    },
  )

  test('[PL6] afterCommit hears what was decided once it is committed, and can undo nothing', async () => {
    const heard: unknown[] = []
    const world = await start({
      plugins: [
        {
          name: 'listener',
          server: {
            async afterCommit({ results, head }) {
              heard.push([head, results.length, (await readRow(world.store, 'r-1'))?.version])
              throw new Error('too late')
            },
          },
        },
      ],
    })
    const a = world.client('a')
    expect((await a.push(create(a, 'r-1', { title: 'one' }))).results).toMatchObject([{ kind: 'applied' }])
    expect(heard).toEqual([[1, 1, 1]])
  })
})

test('[PL7] a hook that takes too long counts as failed', async () => {
  const world = memoryWorld({
    limits: { hookMs: 5 },
    plugins: [{ name: 'slow', server: { acceptOperation: () => new Promise(() => undefined) } }],
  })
  const a = world.client('a')
  const answer = await a.push(create(a, 'r-1', { title: 'one' }))
  expect(answer.results).toMatchObject([{ kind: 'retry', code: 'PLUGIN_FAILED' }])
})
