import { defineSchema } from '@holdfast/core'
import type { PreflightAnswer, PreflightEntity } from '@holdfast/core/protocol'
import { copyMemoryServerState, createMemoryServerState, memoryServerStore } from '@holdfast/server/testing'
import { describe, expect, test } from 'vitest'
import { answerOf, create, createWorld, schema, type TestClient } from '../support/world.ts'
import { storeNames, useWorld } from '../support/stores.ts'

const entity = (id: string, baseVersion: number, ...fields: string[]): PreflightEntity => ({
  collection: 'todos',
  id,
  baseVersion,
  fields,
})

const ask = async (
  client: TestClient,
  entities: readonly PreflightEntity[],
  envelope?: Readonly<Record<string, unknown>>,
): Promise<PreflightAnswer> => answerOf(await client.preflightRaw(entities, envelope))

describe.each(storeNames)('%s', (name) => {
  const start = useWorld(name)

  test('[PF1] it answers for each entity in the order asked, with the highest risk of all', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b', 'u-2')]
    await a.push(create(a, 'r-1', { title: 'one' }), create(a, 'r-2', { title: 'two' }))
    await a.pull()
    await b.push(
      b.operation({ recordId: 'r-1', value: { title: 'theirs' }, baseVersion: 1 }),
      b.operation({ recordId: 'r-2', value: { votes: 3 }, baseVersion: 1 }),
    )
    const answer = await ask(a, [
      entity('r-2', 1, 'votes'),
      entity('r-1', 1, 'done'),
      entity('r-1', 1, 'title', 'done'),
      entity('new', 0, '$deleted', 'id', 'title'),
    ])
    expect(answer).toMatchObject({ conflictRisk: 'HIGH', action: 'PULL_FIRST' })
    expect(answer.entities.map(({ id, risk, fields, reason }) => [id, risk, fields.join(), reason])).toEqual([
      ['r-2', 'MEDIUM', 'votes', 'depends_on_values'],
      ['r-1', 'LOW', '', 'disjoint'],
      ['r-1', 'HIGH', 'title', 'asks'],
      ['new', 'LOW', '', 'disjoint'],
    ])
    expect(await ask(a, [entity('r-2', 1, 'votes')])).toMatchObject({
      conflictRisk: 'MEDIUM',
      action: 'PULL_FIRST',
    })
    expect(await ask(a, [entity('r-1', 1, 'done')])).toMatchObject({ conflictRisk: 'LOW', action: 'PUSH' })
    expect(await ask(a, [])).toMatchObject({ conflictRisk: 'LOW', action: 'PUSH', entities: [] })
  })

  test('[PF4] what it says is what a push then meets', async () => {
    const world = await start()
    const [a, b] = [world.client('a'), world.client('b', 'u-2')]
    await a.push(create(a, 'r-1', { title: 'one' }))
    await a.pull()
    await b.push(b.operation({ recordId: 'r-1', value: { title: 'theirs' }, baseVersion: 1 }))
    const foreseen = await ask(a, [entity('r-1', 1, 'title'), entity('r-1', 1, 'done')])
    const { results } = await a.push(
      a.operation({ recordId: 'r-1', value: { title: 'mine' }, baseVersion: 1 }),
      a.operation({ recordId: 'r-1', value: { done: true }, baseVersion: 1 }),
    )
    expect(foreseen.entities.map(({ risk }) => risk)).toEqual(['HIGH', 'LOW'])
    expect(results.map(({ kind }) => kind)).toEqual(['conflict', 'merged'])
  })

  test('[PF5] it stores and decides nothing', async () => {
    const world = await start()
    const a = world.client('a')
    await ask(a, [entity('r-1', 0, '$deleted', 'title')])
    expect(await a.pull()).toMatchObject({ changes: [], head: 0, decided: { watermark: 0, above: [] } })
  })

  test('[PF6] a device that never pulled is told to pull first', async () => {
    const world = await start()
    const a = world.client('a')
    expect(await ask(a, [])).toMatchObject({ action: 'PUSH' })
    await a.push(create(a, 'r-1', { title: 'one' }))
    expect(await ask(world.client('b'), [])).toMatchObject({ action: 'PULL_FIRST' })
  })
})

test('[PF6] operations of a newer schema, and a history that was lost, are told before anything is sent', async () => {
  const state = createMemoryServerState()
  const world = createWorld(memoryServerStore({ state }))
  const a = world.client('a')
  await a.push(create(a, 'r-1', { title: 'one' }))
  const backup = copyMemoryServerState(state)
  await a.push(create(a, 'r-2', { title: 'two' }))
  await a.pull()
  expect(await ask(a, [], { opVersions: ['1.0.0', '1.1.0'] })).toMatchObject({ action: 'UPGRADE_REQUIRED' })
  const restored = createWorld(memoryServerStore({ state: backup })).client('a')
  restored.cursor = a.cursor
  expect(await ask(restored, [], { opVersions: ['1.1.0'] })).toMatchObject({ action: 'RESET_REQUIRED' })
  const newer = createWorld(memoryServerStore({ state }), {
    schema: defineSchema({ ...schema, version: '2.0.0' }),
  })
  expect(answerOf(await newer.client('a').preflightRaw([], { cursor: a.cursor }))).toMatchObject({
    action: 'PUSH',
  })
})

test('[PF7] more entities than one request may name are refused', async () => {
  const a = createWorld(memoryServerStore()).client('a')
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => entity(`r-${index}`, 0, 'title'))
  expect(await a.preflightRaw(many(501))).toMatchObject({ kind: 'refused', code: 'INVALID' })
  expect((await ask(a, many(500))).entities).toHaveLength(500)
})
