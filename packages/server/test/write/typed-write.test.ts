import { trpcTransport } from '@holdfast/core/trpc'
import { createSyncRouter } from '@holdfast/server'
import { createSyncMiddleware } from '@holdfast/server/express'
import { initTRPC } from '@trpc/server'
import { expect, expectTypeOf, test } from 'vitest'
import { serve } from '../support/http.ts'
import { scope, leastOptions } from '../support/world.ts'

const user = { id: 'billing' }

test('[WR9] a router’s write has the types of schema, store and context, and is no procedure of the app', async () => {
  const t = initTRPC.context<{ token: string }>().create()
  const procedure = t.procedure.use(({ next }) => next({ ctx: { user } }))
  const sync = createSyncRouter({ ...leastOptions(), procedure })
  const app = t.router({ sync })

  const votes = await sync.write({ token: '', user }, scope, async ({ records, database }) => {
    expectTypeOf(database).toEqualTypeOf<undefined>()
    expectTypeOf(records.update<'todos'>)
      .parameter(2)
      .toExtend<{ votes?: number | undefined }>()
    await records.put('todos', 'r-1', { id: 'r-1', title: 'a', done: false, votes: 3 })
    const record = await records.get('todos', 'r-1')
    expectTypeOf(record?.votes).toEqualTypeOf<number | undefined>()
    // @ts-expect-error votes is a number
    const bad = () => records.update('todos', 'r-1', { votes: '3' })
    await expect(bad()).rejects.toMatchObject({ code: 'INVALID' })
    // @ts-expect-error there is no such collection
    await expect(records.get('todo', 'r-1')).rejects.toThrow('no collection')
    return record?.votes
  })
  expect(votes).toBe(3)
  expect(Object.keys(app._def.procedures).toSorted()).toEqual(
    ['live', 'preflight', 'pull', 'push', 'resume', 'snapshot'].map((name) => `sync.${name}`),
  )
})

test('[WR9] a middleware’s write needs a user and no request, and its devices hear of it', async () => {
  const sync = createSyncMiddleware({ ...leastOptions(), authenticate: () => user })
  const server = await serve('/sync', sync)
  await sync.write({ user }, scope, ({ records }) => records.put('notes', 'n', { id: 'n', text: 'hello' }))
  const transport = trpcTransport({ url: server.url, path: '' })
  const page = await transport.pull(
    { protocol: 1, clientId: 'c', scope, cursor: '', limit: 10 },
    { signal: new AbortController().signal },
  )
  expect(page.changes).toMatchObject([{ id: 'n', updatedBy: 'billing' }])
  await server.close()
})
