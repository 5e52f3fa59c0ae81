import { SyncError } from '@holdfast/core'
import { createSyncHandlers } from '@holdfast/server'
import { memoryServerStore } from '@holdfast/server/testing'
import { describe, expect, test } from 'vitest'
import { create, memoryWorld, schema, secret, type World } from '../support/world.ts'

/** Both change the title of a record; the second one has not seen what the first one wrote. */
const dispute = async (world: World<undefined>) => {
  const [ada, ben] = [world.client('a', 'ada'), world.client('b', 'ben')]
  await ada.push(create(ada, 'r-1', { title: 'old' }))
  await ada.push(ada.operation({ value: { title: 'canary' }, baseVersion: 1 }))
  const operation = ben.operation({ value: { title: 'mine' }, baseVersion: 1 })
  // He does not ask for what changed: a verdict is all he gets.
  const head = (await ben.pull()).cursor
  ben.cursor = head
  const first = await ben.push(operation)
  const again = await ben.push(operation)
  const resumed = await world.handlers.resume(
    { user: { id: 'ben' } },
    { protocol: 4, clientId: 'b', scope: 'team-1', ids: [operation.id] },
  )
  return { first, texts: [first, again, resumed].map((answer) => JSON.stringify(answer)) }
}

describe('[HX18] what a verdict says of the server’s record', () => {
  test('by default all that its reader may see', async () => {
    const { first, texts } = await dispute(memoryWorld())
    expect(first.results).toMatchObject([{ kind: 'conflict', fields: ['title'] }])
    for (const text of texts) expect(text).toContain('canary')
  })

  test('with conflictData none no value of it: who, when and which fields; also when it is asked for again', async () => {
    const { first, texts } = await dispute(memoryWorld({ conflictData: 'none' }))
    expect(first.results).toMatchObject([
      { kind: 'conflict', fields: ['title'], serverData: null, serverVersion: 2, updatedBy: 'ada' },
    ])
    for (const text of texts) expect(text).not.toContain('canary')
  })

  test('another word stops the start', () => {
    const options = {
      schema,
      store: memoryServerStore(),
      scopes: () => [],
      authorize: () => true,
      tokenSecrets: [secret],
      conflictData: 'nothing' as never,
    }
    expect(() => createSyncHandlers(options)).toThrowError(SyncError)
  })
})
