import { SyncError } from '@holdfast/core'
import type { WireOperation } from '@holdfast/core/protocol'
import { describe, expect, test } from 'vitest'
import { storeNames, useWorld } from '../support/stores.ts'
import { create, kinds, readRow } from '../support/world.ts'

const cancelled = (operation: WireOperation): WireOperation => ({ ...operation, cancel: true })

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[AP31] an operation that is taken back before it was decided is cancelled, and never applies', async () => {
    const world = await start()
    const a = world.client('a')
    const first = create(a, 'r-1', { title: 'one' })
    const answer = await a.push(cancelled(first), create(a, 'r-2', { title: 'two' }))
    expect(answer.results).toMatchObject([{ id: first.id, kind: 'cancelled' }, { kind: 'applied' }])
    expect(answer.decided).toEqual({ watermark: 2, above: [] })
    expect(answer.page.head).toBe(1)
    // What was on its way all the time comes too late.
    const late = await a.push(first)
    expect(late.results).toEqual([{ id: first.id, kind: 'duplicate', verdict: { kind: 'cancelled' } }])
    expect(await readRow(world.store, 'r-1')).toBeUndefined()
  })

  test('[AP31] what was decided before stands', async () => {
    const world = await start()
    const a = world.client('a')
    const first = create(a, 'r-1', { title: 'one' })
    const refused = create(a, 'r-2', { title: '' })
    await a.push(first, refused)
    const answer = await a.push(cancelled(first), cancelled(refused))
    expect(answer.results).toMatchObject([
      { kind: 'duplicate', verdict: { kind: 'applied', version: 1 } },
      { kind: 'duplicate', verdict: { kind: 'rejected', code: 'INVALID' } },
    ])
    expect((await readRow(world.store, 'r-1'))?.deleted).toBe(false)
  })

  test('[AP31] with one of a transaction all of it is taken back', async () => {
    const world = await start()
    const a = world.client('a')
    const part = { id: 't', size: 2 }
    const [one, two] = ['r-1', 'r-2'].map((id) => ({ ...create(a, id, { title: id }), transaction: part }))
    if (one === undefined || two === undefined) throw new Error()
    expect(kinds(await a.push(one, cancelled(two)))).toEqual(['cancelled', 'cancelled'])
    expect(await readRow(world.store, 'r-1')).toBeUndefined()
  })

  test('[AP31] later operations of its record are judged by themselves', async () => {
    const world = await start()
    const a = world.client('a')
    await a.push(create(a, 'r-1', { title: 'one' }))
    const answer = await a.push(
      cancelled(a.operation({ value: { title: 'mistake' }, baseVersion: 1 })),
      a.operation({ value: { done: true }, baseVersion: 1 }),
    )
    expect(kinds(answer)).toEqual(['applied', 'cancelled'])
    expect(await readRow(world.store, 'r-1')).toMatchObject({
      version: 2,
      data: { title: 'one', done: true },
    })
  })

  test('[AP31] [AP14] what builds on a cancelled create is rejected with it as the cause, later too', async () => {
    const a = (await start()).client('a')
    const root = create(a, 'r-1', { title: 'one' })
    const because = { kind: 'rejected', code: 'DEPENDENCY', cause: root.id }
    const answer = await a.push(cancelled(root), a.operation({ value: { done: true } }))
    expect(answer.results).toMatchObject([{ kind: 'cancelled' }, because])
    expect((await a.push(a.operation({ type: 'delete' }))).results).toMatchObject([because])
  })

  test('[AP31] one behind an operation that waits, waits to be taken back', async () => {
    let busy = true
    const a = (
      await start({
        authorize() {
          if (busy) throw new SyncError('RATE_LIMITED', 'Slower.', {})
          return true
        },
      })
    ).client('a')
    const first = create(a, 'r-1', { title: 'one' })
    const second = cancelled(a.operation({ value: { done: true } }))
    expect(kinds(await a.push(first, second))).toEqual(['retry RATE_LIMITED', 'retry RATE_LIMITED'])
    busy = false
    expect(kinds(await a.push(first, second))).toEqual(['applied', 'cancelled'])
  })

  test('[AP31] nobody is asked about what is taken back', async () => {
    const asked: string[] = []
    const a = (
      await start({
        authorize({ action }) {
          asked.push(action)
          return true
        },
      })
    ).client('a')
    await a.push(cancelled(create(a, 'r-1', { title: 'one' })))
    expect(asked).toEqual([])
  })
})
