import { SyncError, type Transport } from '@holdfast/core'
import { expect, test } from 'vitest'
import { metaEntry } from '../../src/oplog/entries.ts'
import { metaKey } from '../../src/oplog/keys.ts'
import { openClient, sync, type TestClient } from '../support/client.ts'
import { scope } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'
import { flipByHand, fold, idOf, openWorld, stagedIds, type StagingWorld } from './world.ts'

const all = 9

const refuse = () => Promise.reject(new SyncError('NETWORK_UNREACHABLE', 'There is no server.', {}))
const noServer: Transport = {
  push: refuse,
  pull: refuse,
  preflight: refuse,
  snapshot: refuse,
  resume: refuse,
}

/**
 * A device that is up to date with all records; then they all change, and the device has flipped to that and not
 * folded. Its tab is not started.
 */
const openFlipped = async (
  before: (tab: TestClient) => Promise<unknown> = async () => undefined,
): Promise<{
  readonly world: StagingWorld
  readonly tab: TestClient
  readonly flip: () => Promise<void>
}> => {
  const world = await openWorld(all)
  const tab = await world.tab()
  await sync(tab)
  await untilStatus(tab.client, 'synced')
  tab.client.pause()
  const { tasks, asked } = world.other.client.collections
  for (let index = 0; index < all; index += 1) await tasks.update(idOf(index), { text: 'new' })
  await asked.create({ id: 'q', title: 'theirs' })
  await sync(world.other)
  await before(tab)
  const meta = await world.store.get(metaKey)
  const { clientId } = metaEntry.decode(meta?.value ?? '{}')
  return { world, tab, flip: () => flipByHand(world, clientId) }
}

const texts = async ({ client }: TestClient): Promise<string> =>
  (await client.collections.tasks.find()).map(({ text }) => text).join()

const everywhereNew = Array.from({ length: all }, () => 'new').join()

test('[SG6] from the flip on, every read shows the new head, before and while it is folded', async () => {
  const { world, tab, flip } = await openFlipped()
  expect(await texts(tab)).toBe(Array.from({ length: all }, () => '').join())
  await flip()
  do {
    expect(await texts(tab)).toBe(everywhereNew)
    expect(await tab.client.collections.tasks.get(idOf(0))).toMatchObject({ text: 'new' })
    expect(await tab.client.collections.tasks.get(idOf(all - 1))).toMatchObject({ text: 'new' })
    expect(await tab.client.collections.tasks.find({ where: { text: 'new' }, limit: 4 })).toHaveLength(4)
  } while (!(await fold(world.store, 2)))
  expect(await texts(tab)).toBe(everywhereNew)
  expect(await stagedIds(world.store)).toEqual([])
  await world[Symbol.asyncDispose]()
})

test('[SG8] [P07] live views read once at the flip, in this tab and in others, and hear nothing of the folding', async () => {
  const { world, tab, flip } = await openFlipped()
  const neighbour = await world.tab()
  const seen: string[][] = [[], [], []]
  tab.client.collections.tasks
    .find$()
    .subscribe((tasks) => seen[0]?.push(tasks.map(({ text }) => text).join()))
  neighbour.client.collections.tasks
    .find$()
    .subscribe((tasks) => seen[1]?.push(tasks.map(({ text }) => text).join()))
  tab.client.collections.tasks.get$(idOf(4)).subscribe((task) => seen[2]?.push(task?.text ?? 'none'))
  await texts(tab)
  await flip()
  while (!(await fold(world.store, 2))) await texts(tab)
  await texts(neighbour)
  const everywhereOld = Array.from({ length: all }, () => '').join()
  expect(seen).toEqual([
    [everywhereOld, everywhereNew],
    [everywhereOld, everywhereNew],
    ['', 'new'],
  ])
  await world[Symbol.asyncDispose]()
})

test('[SG6] [P07] undecided operations lie on the staged rows', async () => {
  const { world, tab, flip } = await openFlipped(async ({ client }) => {
    await client.collections.tasks.update(idOf(1), { title: 'mine' })
    await client.collections.tasks.run.rename(idOf(2), { title: 'renamed' })
    await client.collections.tasks.delete(idOf(3))
    await client.collections.tasks.create({ id: 'mine', title: 'only here' })
  })
  await flip()
  const { tasks } = tab.client.collections
  do {
    expect(await tasks.get(idOf(1))).toMatchObject({ title: 'mine', text: 'new' })
    expect(await tasks.get(idOf(2))).toMatchObject({ title: 'renamed', text: 'new' })
    expect(await tasks.get(idOf(3))).toBeUndefined()
    expect(await tasks.get('mine')).toMatchObject({ title: 'only here' })
    expect(await tasks.find()).toHaveLength(all)
  } while (!(await fold(world.store, 2)))
  await world[Symbol.asyncDispose]()
})

test('[SG7] a write folds its record first: it is made on what was shown, and is shown at once', async () => {
  const { world, tab, flip } = await openFlipped()
  const seen: string[] = []
  await flip()
  tab.client.collections.tasks.get$(idOf(5)).subscribe((task) => seen.push(`${task?.title} ${task?.text}`))
  await texts(tab)
  const { operationId } = await tab.client.collections.tasks.update(idOf(5), { title: 'mine' })
  expect(await tab.client.operations.get(operationId)).toMatchObject({ baseVersion: 2 })
  expect(await stagedIds(world.store)).not.toContain(idOf(5))
  expect(await stagedIds(world.store)).toContain(idOf(6))
  while (!(await fold(world.store, 1))) await texts(tab)
  expect(seen).toEqual(['5 new', 'mine new'])
  await sync(tab)
  expect(tab.client.state).toMatchObject({ status: 'synced', conflicts: 0 })
  await world[Symbol.asyncDispose]()
})

test('[SG7] a write that is refused while folding leaves what is shown as it was', async () => {
  const { world, tab, flip } = await openFlipped()
  await world.other.client.collections.tasks.delete(idOf(0))
  await sync(world.other)
  await flip()
  await expect(tab.client.collections.tasks.update(idOf(0), { title: 'late' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(await tab.client.collections.tasks.get(idOf(0))).toBeUndefined()
  expect(await tab.client.collections.tasks.find()).toHaveLength(all - 1)
  await world[Symbol.asyncDispose]()
})

test('[SG7] a newer head is swapped in over staged rows', async () => {
  const { world, tab, flip } = await openFlipped()
  await flip()
  await world.other.client.collections.tasks.update(idOf(7), { title: 'newest' })
  await sync(world.other)
  tab.transport.once('pull', (real) => async (input, options) => {
    const answer = await real(input, options)
    expect(await stagedIds(world.store)).toContain(idOf(7))
    return answer
  })
  await sync(tab)
  expect(await tab.client.collections.tasks.get(idOf(7))).toMatchObject({ title: 'newest', text: 'new' })
  expect(await texts(tab)).toBe(everywhereNew)
  expect(await stagedIds(world.store)).toEqual([])
  await world[Symbol.asyncDispose]()
})

test('[SG6] [SG7] an open conflict is listed and answered as the flipped head has it', async () => {
  const world = await openWorld(1)
  const { asked, tasks } = world.other.client.collections
  await asked.create({ id: 'q', title: 'old' })
  await sync(world.other)
  const tab = await world.tab()
  await sync(tab)
  await sync(tab)
  tab.client.pause()
  await asked.update('q', { title: 'theirs' })
  await sync(world.other)
  await tab.client.collections.asked.update('q', { title: 'mine' })
  await sync(tab)
  tab.client.pause()
  expect(await tab.client.conflicts.list()).toMatchObject([{ theirs: { title: 'theirs' } }])
  await asked.update('q', { title: 'theirs again' })
  for (let index = 0; index < 5; index += 1) await tasks.create({ title: 'x' })
  await sync(world.other)
  const { clientId } = metaEntry.decode((await world.store.get(metaKey))?.value ?? '{}')
  await flipByHand(world, clientId)
  expect(await stagedIds(world.store)).toContain('q')
  const [conflict] = await tab.client.conflicts.list()
  expect(conflict).toMatchObject({ theirs: { title: 'theirs again' }, mine: { title: 'mine' } })
  await tab.client.conflicts.resolve(conflict?.id ?? '', 'mine')
  expect(await tab.client.collections.asked.get('q')).toMatchObject({ title: 'mine' })
  expect(await sync(tab)).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
  await sync(world.other)
  expect(await asked.get('q')).toMatchObject({ title: 'mine' })
  await world[Symbol.asyncDispose]()
})

test('[SG8] folding goes on in the next run, also of another process, and while the server can not be reached', async () => {
  const { world, tab, flip } = await openFlipped()
  await flip()
  await fold(world.store, 2)
  await tab.client.close()
  await using later = await openClient({ storage: world.storage, transport: noServer })
  later.client.start()
  await untilStatus(later.client, 'waiting')
  expect(await stagedIds(world.store)).toEqual([])
  expect(await texts(later)).toBe(everywhereNew)
  await world[Symbol.asyncDispose]()
})

test('[SG5] operations that the flipped head covers leave the replay in the flip', async () => {
  const world = await openWorld(1)
  const tab = await world.tab()
  await sync(tab)
  await untilStatus(tab.client, 'synced')
  const { recordId, operationId } = await tab.client.collections.tasks.create({ title: 'mine' })
  const seen: (string | undefined)[] = []
  tab.client.collections.tasks.get$(recordId).subscribe((task) => seen.push(task?.title))
  tab.client.pause()
  const { tasks } = world.other.client.collections
  for (let index = 1; index < 9; index += 1) await tasks.create({ id: idOf(index), title: 'x' })
  await sync(world.other)
  // The push's page is not complete: the verdict is known before the head.
  tab.transport.once('pull', (real) => async (input, options) => {
    const answer = await real(input, options)
    const operation = await tab.client.operations.get(operationId)
    seen.push(operation?.status)
    return answer
  })
  await sync(tab)
  await untilStatus(tab.client, 'synced')
  expect(seen).toEqual(['mine', 'COMPLETED'])
  const [waiting] = await world.store.read([{ scan: `op/${scope}/` }])
  expect(waiting).toEqual([])
  expect(await tab.client.collections.tasks.find()).toHaveLength(10)
  await world[Symbol.asyncDispose]()
})
