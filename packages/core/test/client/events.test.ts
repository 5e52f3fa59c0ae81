import { expect, test } from 'vitest'
import { definePlugin, type SyncEvent, type SyncActivity } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { createEventStream } from '../../src/client/event-stream.ts'
import { manualEnvironment } from '../support/manual-environment.ts'
import { openTeams, teamServer } from '../support/teams.ts'
import { until } from '../support/until.ts'

/** In every value that is written here: it must not be in any event. */
const canary = 'canary-5f1c'

/** As a log would see it, errors included. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    member instanceof Error ? [Object.entries(member), member.message, member.stack] : member,
  )

const typesOf = (events: readonly SyncEvent[]): readonly SyncActivity['type'][] =>
  events.map(({ type }) => type)

const failing = definePlugin({
  name: 'failing',
  hooks: {
    afterPush: () => {
      throw new Error('I failed.')
    },
  },
})

test('[OB03] everything that a client does is told, in order, with ids and counts and no data', async () => {
  const server = teamServer({ authorize: ({ after }) => after?.['title'] !== `forbidden ${canary}` })
  await using theirs = await openTeams({ user: 'u-2', transport: server('u-2') })
  await using mine = await openTeams({ scopes: ['team-1'], transport: server('u-1'), plugins: [failing] })
  const { client } = mine
  const { tasks } = client.collections
  const events: SyncEvent[] = []
  client.events$.subscribe((event) => events.push(event))

  const { operationId } = await tasks.create({ id: 'a', title: `one ${canary}` })
  expect(events).toEqual([
    {
      at: mine.environment.clock.now(),
      type: 'written',
      scope: 'team-1',
      collection: 'tasks',
      recordId: 'a',
      operationId,
      operation: 'create',
    },
  ])
  await mine.sync()
  const [stopped] = events.filter(({ type }) => type === 'stateChanged').slice(-1)
  expect(stopped).toMatchObject({ scope: 'team-1', state: { status: 'stopped' } })
  const others = typesOf(events).filter((type) => type !== 'stateChanged')
  expect(others.slice(0, 9)).toEqual([
    'written',
    'pulled',
    'clockCorrected',
    'swapped',
    'pushStarted',
    'pushed',
    'problem',
    'decided',
    'swapped',
  ])
  const of = <TType extends SyncActivity['type']>(type: TType) =>
    events.filter((event): event is Extract<SyncEvent, { type: TType }> => event.type === type)
  const [pushed] = of('pushed')
  expect(pushed).toMatchObject({ scope: 'team-1', operations: 1, results: { applied: 1 }, ms: 0 })
  expect(pushed?.bytes).toBeGreaterThan(0)
  expect(of('pushStarted')[0]?.batchId).toBe(pushed?.batchId)
  expect(of('decided')[0]?.verdicts).toEqual([{ operationId, kind: 'applied' }])
  expect(of('swapped').at(-1)).toMatchObject({ head: 1 })
  expect(of('problem')[0]?.error.details).toMatchObject({ plugin: 'failing', hook: 'afterPush' })

  await theirs.sync()
  await theirs.client.collections.tasks.update('a', { title: `theirs ${canary}` })
  await theirs.sync()
  await tasks.update('a', { title: `mine ${canary}` })
  const refused = await tasks.create({ title: `forbidden ${canary}` })
  await mine.sync()
  expect(of('conflictOpened')).toMatchObject([{ scope: 'team-1', collection: 'tasks', recordId: 'a' }])
  expect(of('deadLettered')).toMatchObject([
    { scope: 'team-1', operationId: refused.operationId, code: 'FORBIDDEN_OR_MISSING' },
  ])
  const [conflict] = await client.conflicts.list()
  const answer = await client.conflicts.resolve(conflict?.id ?? '', 'mine')
  expect(of('conflictResolved')).toMatchObject([
    { conflictId: conflict?.id, operationId: answer?.operationId },
  ])
  await client.scopes.join('team-2')
  await client.scopes.leave('team-1', { discard: true })
  expect(of('scopeJoined')).toMatchObject([{ scope: 'team-2' }])
  expect(of('scopeLeft')).toMatchObject([{ scope: 'team-1' }])
  expect(of('discarded')).toMatchObject([{ scope: 'team-1', undecided: 1, conflicts: 0, deadLetters: 1 }])

  expect(textOf(events)).not.toContain(canary)
  expect(textOf(await tasks.find())).not.toContain(canary)
})

test('[OB03] a tab tells what it does itself, and that a scope came or went', async () => {
  const storage = memoryStorage()
  const transport = teamServer()('u-1')
  await using first = await openTeams({ storage, transport, scopes: ['team-1'] })
  await using second = await openTeams({ storage, transport, scopes: ['team-1'] })
  const events: SyncEvent[] = []
  second.client.events$.subscribe((event) => events.push(event))
  await first.client.collections.tasks.create({ title: 'x' })
  await first.client.scopes.join('team-2')
  await until(second.client.scopes.list$(), (scopes) => scopes.length === 2)
  expect(events.filter(({ type }) => type !== 'stateChanged')).toMatchObject([
    { type: 'scopeJoined', scope: 'team-2' },
  ])
})

test('[OB04] nothing is made for nobody, and the stream ends with the client', async () => {
  const { events$, tell, isHeard, problem, close } = createEventStream(manualEnvironment().clock)
  let made = 0
  const make = (): SyncActivity => {
    made += 1
    return { type: 'scopeJoined', scope: 'a' }
  }
  tell(make)
  expect([made, isHeard()]).toEqual([0, false])
  const seen: string[] = []
  const subscription = events$.subscribe({
    next: ({ type }) => seen.push(type),
    complete: () => seen.push('end'),
  })
  tell(make)
  problem(new Error('boom'))
  close()
  expect(seen).toEqual(['scopeJoined', 'problem', 'end'])
  subscription.unsubscribe()
  tell(make)
  expect(made).toBe(1)
})

test('[OB05] the logger gets events as text: problems as errors, all else for the reader of an incident', async () => {
  const lines: string[] = []
  const errors: unknown[] = []
  const logger = {
    debug: (line: string) => void lines.push(line),
    error: (message: string, error?: unknown) => void errors.push([message, error]),
  }
  await using device = await openTeams({ scopes: ['team-1'], logger, plugins: [failing] })
  await device.client.collections.tasks.create({ id: 'a', title: canary })
  await device.sync()
  expect(lines[0]).toMatch(/^sync: stateChanged|^sync: written, scope team-1, collection tasks, recordId a/)
  expect(lines.some((line) => line.startsWith('sync: pushed, scope team-1'))).toBe(true)
  expect(lines.join('\n')).not.toContain(canary)
  expect(errors).toHaveLength(1)
  expect(textOf(errors)).toContain('afterPush')
})
