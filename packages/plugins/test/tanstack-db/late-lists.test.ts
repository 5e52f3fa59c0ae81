import { createCollection } from '@tanstack/db'
import { concatMap, firstValueFrom, Subject, type Observable } from 'rxjs'
import { expect, test } from 'vitest'
import type { SyncClient } from '@holdfast/core'
import { holdfastCollection } from '@holdfast/plugins/tanstack-db'
import { openClient } from '../../../core/test/support/client.ts'
import type { Collections } from '../../../core/test/support/schema.ts'
import { feedRows, type RowSink } from '../../src/tanstack-db/row-feed.ts'
import { task, watchTitles, type Task } from './world.ts'

/** A client whose lists of tasks come when they are let through: as after a gap, when it has to read again. */
const withLateLists = (
  client: SyncClient<Collections>,
  gate$: Observable<unknown>,
): SyncClient<Collections> => {
  const { tasks } = client.collections
  const find$: typeof tasks.find$ = (query) =>
    tasks.find$(query).pipe(concatMap((list) => firstValueFrom(gate$).then(() => list)))
  return { ...client, collections: { ...client.collections, tasks: { ...tasks, find$ } } }
}

test('[TD3] a mutation ends only once the client shows it, so that nothing older is shown where it is slow', async () => {
  await using device = await openClient()
  const gate = new Subject<void>()
  const client = withLateLists(device.client, gate)
  const tasks = createCollection(holdfastCollection({ client, collection: 'tasks' }))
  const ready = tasks.preload()
  await expect.poll(() => gate.observed).toBe(true)
  gate.next()
  await ready
  const told = watchTitles(tasks)

  let hasEnded = false
  const insert = tasks.insert(task('a', 'first'))
  const ended = insert.when('settled').then(() => {
    hasEnded = true
  })
  await expect.poll(() => device.client.collections.tasks.count()).toBe(1)
  await expect.poll(() => gate.observed).toBe(true)
  expect(hasEnded).toBe(false)
  expect(told).toEqual(['insert first'])
  gate.next()
  await ended
  expect(tasks.get('a')?.title).toBe('first')
  expect(told.filter((line) => line.startsWith('delete'))).toEqual([])
})

const sink = (): RowSink<Task> & { readonly lines: string[] } => {
  const lines: string[] = []
  const tell = (line: string) => () => void lines.push(line)
  return {
    lines,
    begin: tell('begin'),
    write: (change) => void lines.push(`${change.type} ${'key' in change ? change.key : change.value.id}`),
    commit: tell('commit'),
    markReady: tell('ready'),
    markError: (error) => void lines.push(`error ${String(error)}`),
  }
}

test('[TD1] the sink is told what changed from list to list, and that it is ready with the first', () => {
  const rows$ = new Subject<readonly Task[]>()
  const to = sink()
  feedRows({ rows$, read: () => Promise.resolve([]) }, to)
  const [a, b] = [task('a', 'a'), task('b', 'b')]
  rows$.next([a, b])
  rows$.next([a, task('b', 'other'), task('c', 'c')])
  rows$.next([a])
  expect(to.lines.join(', ')).toBe(
    'begin, insert a, insert b, commit, ready, begin, update b, insert c, commit, begin, delete b, delete c, commit',
  )
})

test('[TD1] a first list that can’t be read is an error of the collection', () => {
  const rows$ = new Subject<readonly Task[]>()
  const to = sink()
  feedRows({ rows$, read: () => Promise.resolve([]) }, to)
  rows$.error('no storage')
  expect(to.lines).toEqual(['error no storage'])
})

test('[TD3] what was read before a newer list is read again', async () => {
  const rows$ = new Subject<readonly Task[]>()
  const [older, newer] = [task('a', 'older'), task('a', 'newer')]
  const answers = [
    () => {
      rows$.next([newer])
      return [older]
    },
    () => [newer],
  ]
  const feed = feedRows({ rows$, read: () => Promise.resolve(answers.shift()?.() ?? []) }, sink())
  rows$.next([])
  await feed.caughtUp('a')
  expect(answers).toEqual([])
})

test.each(['it ends', 'it is stopped', 'the row can’t be read'])(
  '[TD8] nobody waits for a feed any more when %s',
  async (how) => {
    const rows$ = new Subject<readonly Task[]>()
    let isReadable = true
    const read = () =>
      isReadable ? Promise.resolve([task('a', 'new')]) : Promise.reject(new Error('closed'))
    const feed = feedRows({ rows$, read }, sink())
    rows$.next([])
    if (how === 'the row can’t be read') isReadable = false
    const waiting = feed.caughtUp('a')
    await Promise.resolve()
    if (how === 'it ends') rows$.complete()
    if (how === 'it is stopped') feed.stop()
    await expect(waiting).resolves.toBe(undefined)
  },
)
