import { createSyncClient, SyncError, type DeletePolicy, type Transport } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { manualEnvironment } from '../support/manual-environment.ts'
import { growingNotes } from '../support/placed-text.ts'
import { answering, localServer, scope, twisted } from '../support/transports.ts'

/** Two devices over one server; the second one's calls can be bent. Both have the record `r`. */
const open = async (deletes: DeletePolicy = 'ask') => {
  const schema = growingNotes(deletes)
  const server = localServer({ schema, scopes: () => [scope, 'team-2'] })
  const storage = memoryStorage()
  const openClient = (user: string, transport: Transport, shared = memoryStorage()) =>
    createSyncClient({
      schema,
      user,
      storage: shared,
      transport,
      scopes: [scope],
      autoStart: false,
      environment: manualEnvironment(),
    })
  const wire = twisted(server('u-1'))
  const first = await openClient('u-0', server('u-0'))
  const second = await openClient('u-1', wire, storage)
  const sync = async (client: typeof first): Promise<void> => {
    client.start()
    await client.syncNow()
    client.pause()
  }
  await first.collections.notes.create({ id: 'r', body: 'a' })
  await first.collections.notes.create({ id: 'other' })
  await sync(first)
  await sync(second)
  const openTab = (transport: Transport) => openClient('u-1', transport, storage)
  const dispose = async (): Promise<void> => {
    for (const client of [first, second]) await client.close()
  }
  return { first, second, wire, sync, openTab, server, [Symbol.asyncDispose]: dispose }
}

/** The second device's edit can't be placed; before it gets the newer record, that is deleted or goes elsewhere. */
const goneMeanwhile = async (deletes: DeletePolicy, isMoved = false) => {
  const devices = await open(deletes)
  const { first, second, wire, sync } = devices
  await first.collections.notes.update('r', { body: 'ab' })
  await sync(first)
  const { operationId } = await second.collections.notes.update('r', { body: 'ac' })
  wire.once(
    'push',
    answering(async (answer) => {
      if (isMoved) await first.scopes.join('team-2')
      if (isMoved) await first.collections.notes.move('r', 'team-2')
      else await first.collections.notes.delete('r')
      await sync(first)
      return { ...answer, page: { ...answer.page, changes: [], hasMore: true } }
    }),
  )
  await sync(second)
  const fate = (await second.operations.get(operationId))?.fate
  const by = fate?.kind === 'superseded' ? (fate.by ?? '') : ''
  return { ...devices, made: await second.operations.get(by) }
}

test('[CL110] where another tab got in the way of the page, it is made again once the record is here', async () => {
  const devices = await open()
  const { first, second, wire, sync, openTab, server } = devices
  const refuse = () => Promise.reject(new SyncError('NETWORK_UNREACHABLE', 'Only pulls.', {}))
  const tab = await openTab({ ...server('u-1'), push: refuse })
  const { operationId } = await second.collections.notes.update('r', { body: 'ac' })
  wire.once('push', (push) => async (input, options) => {
    await first.collections.notes.update('other', { title: 'news' })
    await sync(first)
    tab.start()
    await tab.syncNow().catch(() => undefined)
    tab.pause()
    await first.collections.notes.update('r', { body: 'ab' })
    await sync(first)
    return push(input, options)
  })
  await sync(second)
  await sync(first)
  expect((await second.operations.get(operationId))?.status).toBe('SUPERSEDED')
  for (const client of [first, second])
    expect(await client.collections.notes.get('r')).toMatchObject({ body: 'abc' })
  await tab.close()
  await devices[Symbol.asyncDispose]()
})

test('[CL110] what has no place on the very version that it was made again on is a dead letter', async () => {
  const devices = await open()
  const { second } = devices
  let rounds = 0
  second.events$.subscribe(({ type }) => {
    if (type === 'madeAgain') rounds += 1
    if (rounds > 20) second.pause()
  })
  await second.collections.notes.update('r', { body: 'a never' })
  second.start()
  await second.syncNow()
  expect(rounds).toBe(1)
  expect(await second.collections.notes.get('r')).toMatchObject({ body: 'a' })
  const letters = await second.deadLetters.list()
  expect(letters.map(({ fate }) => fate)).toMatchObject([{ kind: 'rejected', code: 'MISSING_DEPENDENCY' }])
  await devices[Symbol.asyncDispose]()
})

test('[CL110] a transaction with it ends as a whole, and is let go of as a whole', async () => {
  const devices = await open()
  const { second, sync } = devices
  await second.transaction(async ({ collections: { notes } }) => {
    await notes.update('other', { title: 'with it' })
    await notes.update('r', { body: 'a never' })
  })
  await sync(second)
  const [letter, ...others] = await second.deadLetters.list()
  expect(others).toHaveLength(1)
  await second.deadLetters.discard(letter?.id ?? '')
  expect(await second.deadLetters.list()).toEqual([])
  await devices[Symbol.asyncDispose]()
})

test('[CL110] of a record that was deleted meanwhile a person is asked where the collection says so', async () => {
  const devices = await goneMeanwhile('ask')
  const { first, second, sync, made } = devices
  expect(made).toMatchObject({ type: 'update', status: 'CONFLICT', fate: { fields: ['$deleted'] } })
  await sync(first)
  expect(await first.collections.notes.get('r')).toBeUndefined()
  const [conflict] = await second.conflicts.list()
  expect(conflict).toMatchObject({ fields: ['$deleted'], mine: { body: 'ac' } })
  await devices[Symbol.asyncDispose]()
})

test('[CL110] of a record that was deleted meanwhile its author is told that the edit is lost', async () => {
  const devices = await goneMeanwhile('deleteWins')
  expect(devices.made).toMatchObject({ status: 'COMPLETED', fate: { kind: 'applied', lost: ['body'] } })
  await devices[Symbol.asyncDispose]()
})

test('[CL110] of a record that went to another scope meanwhile the edit is a dead letter', async () => {
  const devices = await goneMeanwhile('ask', true)
  const letters = await devices.second.deadLetters.list()
  expect(letters).toMatchObject([{ type: 'update', fate: { kind: 'rejected', code: 'MISSING_DEPENDENCY' } }])
  await devices[Symbol.asyncDispose]()
})

test('[CL110] what is too large to be made again as one is kept as dead letters, and stops no run', async () => {
  const devices = await open()
  const { first, second, sync } = devices
  await first.collections.notes.update('r', { body: 'ab' })
  await sync(first)
  const long = 'c'.repeat(30_000)
  await second.collections.notes.update('r', { title: long, body: `a${long}` })
  await second.collections.notes.update('r', { body: `a${long}${long}` })
  await sync(second)
  expect((await second.deadLetters.list()).map(({ fate }) => fate)).toMatchObject([
    { kind: 'rejected', code: 'TOO_LARGE' },
    { kind: 'rejected', code: 'TOO_LARGE' },
  ])
  await second.collections.notes.update('other', { title: 'goes on' })
  await sync(second)
  await sync(first)
  expect(await first.collections.notes.get('other')).toMatchObject({ title: 'goes on' })
  await devices[Symbol.asyncDispose]()
})

test('[CL110] a version that never comes is not waited for', async () => {
  const devices = await open()
  const { first, second, wire, sync } = devices
  await first.collections.notes.update('r', { body: 'ab' })
  await sync(first)
  await second.collections.notes.update('r', { body: 'ac' })
  wire.once(
    'push',
    answering((answer) => ({
      ...answer,
      results: answer.results.map((one) => (one.kind === 'rebase' ? { ...one, serverVersion: 99 } : one)),
    })),
  )
  await sync(second)
  await sync(first)
  expect(await first.collections.notes.get('r')).toMatchObject({ body: 'abc' })
  await devices[Symbol.asyncDispose]()
})
