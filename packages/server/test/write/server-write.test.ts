import { SyncError } from '@holdfast/core'
import type { ServerWriteTransaction } from '@holdfast/server'
import { describe, expect, test } from 'vitest'
import { storeNames, useWorld } from '../support/stores.ts'
import { create, dataOf, kinds, readRow, scope, type Caller } from '../support/world.ts'

const ctx: Caller = { user: { id: 'billing' } }
const never = (): never => {
  throw new Error('Nobody should be asked.')
}

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[WR1] what server code changes comes to devices as any change, by the user of its context', async () => {
    const world = await start()
    const client = world.client('c-1')
    await client.push(create(client, 'r-1', { title: 'before' }))
    await client.pullAll()

    const answer = await world.handlers.write(ctx, scope, async ({ records }) => {
      await records.update('todos', 'r-1', { title: 'after', note: undefined })
      await records.update('todos', 'r-1', { done: true })
      await records.put('notes', 'n-1', { id: 'n-1', text: 'paid' })
      return await records.get('todos', 'r-1')
    })

    expect(answer).toEqual({ id: 'r-1', title: 'after', done: true, votes: 0 })
    const page = await client.pull()
    expect(page.head).toBe(3)
    expect(page.changes.map(({ id, version, seq, updatedBy }) => [id, version, seq, updatedBy])).toEqual([
      ['r-1', 2, 2, 'billing'],
      ['n-1', 1, 3, 'billing'],
    ])
    expect(page.changes.map(dataOf)).toEqual([
      { title: 'after', done: true },
      { id: 'n-1', text: 'paid' },
    ])
  })

  test('[WR2] a device that had not seen it meets it as it meets another device’s change', async () => {
    const world = await start()
    const client = world.client('c-1')
    await client.push(create(client, 'r-1', { title: 'before' }))
    await world.handlers.write(ctx, scope, ({ records }) =>
      records.update('todos', 'r-1', { title: 'server' }),
    )

    const answer = await client.push(
      client.operation({ value: { title: 'device' }, baseVersion: 1 }),
      client.operation({ value: { done: true }, baseVersion: 1 }),
    )
    expect(answer.results).toMatchObject([
      { kind: 'conflict', fields: ['title'], serverVersion: 2, updatedBy: 'billing' },
      { kind: 'merged', version: 3 },
    ])
  })

  test('[WR3] neither scopes nor authorize is asked; afterCommit hears of it, without results', async () => {
    const commits: unknown[] = []
    const afterCommit = (commit: unknown): void => void commits.push(commit)
    const plugin = { name: 'listener', server: { afterCommit } }
    const world = await start({ scopes: never, authorize: never, plugins: [plugin] })
    await world.handlers.write(ctx, 'of nobody', ({ records }) =>
      records.put('notes', 'n-1', { id: 'n-1', text: 'hello' }),
    )
    expect(commits).toEqual([
      { scope: 'of nobody', userId: 'billing', clientId: '$server', head: 1, results: [] },
    ])
  })

  test('[WR4] where nothing changes, nothing is written and nobody hears of it', async () => {
    const commits: unknown[] = []
    const plugin = { name: 'listener', server: { afterCommit: () => void commits.push('told') } }
    const world = await start({ plugins: [plugin] })
    const put = () =>
      world.handlers.write(ctx, scope, ({ records }) => records.put('notes', 'n-1', { id: 'n-1', text: 'a' }))
    await put()
    await put()
    await world.handlers.write(ctx, scope, ({ records }) => records.delete('notes', 'n-2'))
    expect(commits).toEqual(['told'])
    expect((await world.client('c-1').pull()).head).toBe(1)
  })

  test('[WR5] what run throws is thrown, and nothing of it is there', async () => {
    const world = await start()
    const refused = new SyncError('REFUSED', 'No.', { reason: 'closed' })
    const attempt = world.handlers.write(ctx, scope, async ({ records }) => {
      await records.put('notes', 'n-1', { id: 'n-1', text: 'a' })
      throw refused
    })
    await expect(attempt).rejects.toBe(refused)
    expect(await readRow(world.store, 'n-1', 'notes')).toBeUndefined()
    expect((await world.client('c-1').pull()).head).toBe(0)
  })

  test('[WR6] what can’t be is refused with a typed error', async () => {
    const world = await start()
    const write = (run: (tx: ServerWriteTransaction<unknown>) => Promise<unknown>, where = scope) =>
      world.handlers.write(ctx, where, run)
    const bad: readonly [() => Promise<unknown>, object][] = [
      [() => write(({ records }) => records.put('notes', 'n', { id: 'n' })), { code: 'INVALID' }],
      [() => write(({ records }) => records.put('notes', 'n', { id: 'm', text: '' })), { code: 'INVALID' }],
      [
        () => write(({ records }) => records.put('notes', 'a b', { id: 'a b', text: '' })),
        { code: 'INVALID' },
      ],
      [() => write(({ records }) => records.update('notes', 'n', { text: '' })), { code: 'NOT_FOUND' }],
      [() => write(async () => undefined, ''), { code: 'INVALID', details: { path: 'scope' } }],
      [() => write(async () => undefined, 'a\0b'), { code: 'INVALID' }],
      [() => write(async () => undefined, 'x'.repeat(129)), { code: 'INVALID' }],
      [() => world.handlers.write({ user: { id: '' } }, scope, never), { code: 'AUTH_REQUIRED' }],
    ]
    for (const [attempt, error] of bad) await expect(attempt()).rejects.toMatchObject(error)
    await expect(write(({ records }) => records.put('todo', 'n', { id: 'n' }))).rejects.toThrow(
      'The schema has no collection "todo".',
    )
  })

  test('[WR7] writes of server code and pushes at the same time lose nothing', async () => {
    const world = await start()
    const client = world.client('c-1')
    await client.push(create(client, 'r-1', { title: 'a' }))
    const addVote = async ({ records }: ServerWriteTransaction<unknown>): Promise<void> => {
      const record = await records.get('todos', 'r-1')
      await records.update('todos', 'r-1', { votes: Number(record?.['votes']) + 1 })
    }
    const pushing = async () => {
      for (let index = 0; index < 8; index += 1) {
        const answer = await client.push(create(client, `p-${index}`, { title: 'p' }))
        expect(kinds(answer)).toEqual(['applied'])
      }
    }
    const writing = Array.from({ length: 8 }, () => world.handlers.write(ctx, scope, addVote))
    await Promise.all([pushing(), ...writing])
    expect((await readRow(world.store, 'r-1'))?.data).toMatchObject({ votes: 8 })
    expect((await client.pullAll()).length).toBe(9)
  })

  test('[WR8] what goes on after the function is over changes nothing', async () => {
    const world = await start()
    const kept = await world.handlers.write(ctx, scope, ({ records }) => records)
    await expect(kept.put('notes', 'n-1', { id: 'n-1', text: 'late' })).rejects.toThrow('is over')
    expect(await readRow(world.store, 'n-1', 'notes')).toBeUndefined()
  })
})
