import { SyncError } from '@holdfast/core'
import type { WireOperation } from '@holdfast/core/protocol'
import { describe, expect, test } from 'vitest'
import { storeNames, useWorld } from '../support/stores.ts'
import { create, kinds, type TestClient } from '../support/world.ts'

const part = (client: TestClient, id: string, todo: string): WireOperation =>
  client.operation({ collection: 'parts', recordId: id, type: 'create', value: { id, todo } })

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[AP28] what refers to a record whose creation was rejected is rejected with it as the cause', async () => {
    const a = (await start()).client('a')
    const root = create(a, 'r-1', { title: '' })
    const because = { kind: 'rejected', code: 'DEPENDENCY', cause: root.id }
    const child = part(a, 'p-1', 'r-1')
    const answer = await a.push(root, child, part(a, 'p-2', 'r-9'))
    expect(answer.results).toMatchObject([{ code: 'INVALID' }, because, { kind: 'applied' }])
    const later = await a.push(
      part(a, 'p-3', 'r-1'),
      a.operation({ collection: 'parts', recordId: 'p-2', value: { todo: 'r-1' }, baseVersion: 1 }),
      a.operation({ collection: 'parts', recordId: 'p-1', value: { name: 'x' } }),
      a.operation({ collection: 'parts', recordId: 'p-2', value: { name: 'x' }, baseVersion: 1 }),
    )
    expect(later.results).toMatchObject([
      because,
      because,
      { ...because, cause: child.id },
      { kind: 'applied' },
    ])
  })

  test('[AP28] or was cancelled, or was aborted with its transaction', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b')]
    await a.push(create(a, 'r-0', { title: 'old' }))
    await b.push(b.operation({ recordId: 'r-0', value: { title: 'theirs' }, baseVersion: 1 }))
    const gone = { ...create(a, 'r-1', { title: 'one' }), cancel: true as const }
    const transaction = { id: 't', size: 2 }
    const aborted = { ...create(a, 'r-2', { title: 'two' }), transaction }
    const conflict = {
      ...a.operation({ recordId: 'r-0', value: { title: 'mine' }, baseVersion: 1 }),
      transaction,
    }
    const answer = await a.push(gone, part(a, 'p-1', 'r-1'), aborted, conflict, part(a, 'p-2', 'r-2'))
    expect(answer.results).toMatchObject([
      { kind: 'cancelled' },
      { code: 'DEPENDENCY', cause: gone.id },
      { kind: 'aborted' },
      { kind: 'conflict' },
      { code: 'DEPENDENCY', cause: aborted.id },
    ])
  })

  test('[AP28] within a transaction the creation is the cause, and all of it ends', async () => {
    const a = (await start()).client('a')
    const transaction = { id: 't', size: 2 }
    const root = { ...create(a, 'r-1', { title: '' }), transaction }
    const answer = await a.push(root, { ...part(a, 'p-1', 'r-1'), transaction })
    expect(answer.results).toMatchObject([
      { kind: 'rejected', code: 'INVALID' },
      { kind: 'aborted', cause: root.id, reason: 'rejected' },
    ])
  })

  test('[AP28] once the record is there after all, it is applied', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b')]
    await a.push(create(a, 'r-1', { title: '' }))
    expect(kinds(await a.push(create(a, 'r-1', { title: 'good' }), part(a, 'p-1', 'r-1')))).toEqual([
      'applied',
      'applied',
    ])
    await a.push(create(a, 'r-2', { title: '' }))
    await b.push(create(b, 'r-2', { title: 'somebody else made it' }))
    expect(kinds(await a.push(part(a, 'p-2', 'r-2')))).toEqual(['applied'])
  })

  test('[AP28] a reference to a record that this client never tried to make is none of its business', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b')]
    await a.push(create(a, 'r-1', { title: '' }))
    expect(kinds(await b.push(part(b, 'p-1', 'r-1'), part(b, 'p-2', 'never')))).toEqual([
      'applied',
      'applied',
    ])
  })

  test('[AP32] what refers to a record whose creation waits, waits; what refers to one that is there does not', async () => {
    let busy = true
    const a = (
      await start({
        authorize({ after }) {
          if (busy && after?.['title'] === 'waits') throw new SyncError('RATE_LIMITED', 'Slower.', {})
          return true
        },
      })
    ).client('a')
    await a.push(create(a, 'r-0', { title: 'there' }))
    const batch = [
      create(a, 'r-1', { title: 'waits' }),
      part(a, 'p-1', 'r-1'),
      a.operation({ recordId: 'r-0', value: { title: 'waits' }, baseVersion: 1 }),
      part(a, 'p-0', 'r-0'),
    ]
    expect((await a.push(...batch)).results.map(({ kind }) => kind)).toEqual([
      'retry',
      'retry',
      'retry',
      'applied',
    ])
    busy = false
    expect((await a.push(...batch)).results.map(({ kind }) => kind)).toEqual([
      'applied',
      'applied',
      'applied',
      'duplicate',
    ])
  })
})
