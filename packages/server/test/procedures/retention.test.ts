import { pruneSync } from '@holdfast/server'
import { describe, expect, test } from 'vitest'
import { storeNames, useWorld } from '../support/stores.ts'
import { create, kinds, readRow, scope, testEnvironment } from '../support/world.ts'

const day = 86_400_000
const olderThan = 30 * day

const refused = (reason: string) => ({ kind: 'refused', code: 'RESET_REQUIRED', details: { reason } })
const forbidden = { kind: 'refused', code: 'FORBIDDEN_OR_MISSING' }

describe.each(storeNames)('%s', (name) => {
  const open = useWorld(name)

  /** A world whose clock the test moves by days. */
  const openWorld = async (options: Parameters<typeof open>[0] = {}) => {
    const environment = testEnvironment()
    const start = environment.clock.now()
    const world = await open({ environment, ...options })
    return {
      ...world,
      at: (days: number) => environment.at(start + days * day),
      prune: (batch?: number) => pruneSync(world.store, { olderThan, batch, environment }),
    }
  }
  type World = Awaited<ReturnType<typeof openWorld>>

  /** Three records; one is deleted on day 10, another one on day 50. */
  const withDeletions = async ({ client, at }: World) => {
    const a = client('a')
    await a.push(...['r-1', 'r-2', 'r-3'].map((id) => create(a, id, { title: id })))
    await a.pull()
    at(10)
    await a.push(a.operation({ recordId: 'r-1', type: 'delete', baseVersion: 1 }))
    await a.pull()
    at(50)
    await a.push(a.operation({ recordId: 'r-2', type: 'delete', baseVersion: 1 }))
    await a.pull()
    return a
  }

  test('[RT1] what is older goes, in bounded parts and of every scope; what is not stays', async () => {
    const world = await openWorld()
    await withDeletions(world)
    const elsewhere = world.client('e')
    await elsewhere.pushRaw([create(elsewhere, 'x', { title: 'x' })], { scope: 'team-2' })
    world.at(60)
    expect(await world.prune(1)).toEqual({ scopes: 2, tombstones: 1, verdicts: 4, nonces: 1 })
    expect(await readRow(world.store, 'r-1')).toBeUndefined()
    expect(await readRow(world.store, 'r-2')).toMatchObject({ deleted: true })
    expect(await readRow(world.store, 'r-3')).toMatchObject({ deleted: false })
    const states = await Promise.all(
      [scope, 'team-2'].map((at) => world.store.read(at, async ({ state }) => state)),
    )
    expect(states).toMatchObject([
      { head: 5, prunedTo: 4 },
      { head: 1, prunedTo: 0 },
    ])
    expect(await world.prune()).toEqual({ scopes: 2, tombstones: 0, verdicts: 0, nonces: 0 })
  })

  test('[RT1] several jobs and pushes at once do no harm', async () => {
    const world = await openWorld()
    await withDeletions(world)
    world.at(90)
    const b = world.client('b')
    await b.pull()
    const batches = Array.from({ length: 5 }, (_, index) => [create(b, `b-${index}`, { title: 'b' })])
    const pushes = async (): Promise<void> => {
      for (const batch of batches) await b.push(...batch)
    }
    const [one, two] = await Promise.all([world.prune(1), world.prune(2), pushes()])
    expect(one.tombstones + two.tombstones).toBe(2)
    expect(one.verdicts + two.verdicts).toBe(5)
    const again = world.client('b')
    expect((await again.pullAll()).map(({ id }) => id)).toEqual(['r-3', 'b-0', 'b-1', 'b-2', 'b-3', 'b-4'])
  })

  test('[RT2] who was here since finds every deletion and every verdict', async () => {
    const world = await openWorld()
    const b = world.client('b')
    await withDeletions(world)
    world.at(55)
    await b.pullAll()
    const sent = create(b, 'r-4', { title: 'four' })
    await b.push(sent)
    world.at(80)
    await world.client('a').push()
    const c = world.client('c')
    await c.push(c.operation({ recordId: 'r-4', type: 'delete', baseVersion: 1 }))
    world.at(84)
    await world.prune()
    expect((await b.pullAll()).map(({ kind, id }) => `${kind} ${id}`)).toEqual(['deleted r-4'])
    expect(await b.push(sent)).toMatchObject({
      results: [{ kind: 'duplicate', verdict: { kind: 'applied', version: 1 } }],
    })
  })

  test('[RT3] who was away longer starts again, whatever else of its request is forgotten too', async () => {
    const world = await openWorld()
    const paging = world.client('b')
    await withDeletions(world)
    world.at(60)
    await paging.pull({ limit: 1 })
    expect(await paging.pullRaw()).toMatchObject({ kind: 'answer' })
    world.at(90)
    await world.prune()
    expect(await paging.pullRaw()).toMatchObject(refused('tombstones_pruned'))

    const far = await openWorld()
    const late = far.client('late')
    const first = far.client('a')
    await first.push(create(first, 'r-0', { title: 'zero' }))
    await late.push()
    await late.pull()
    await withDeletions({ ...far, client: () => first })
    far.at(100)
    await far.prune()
    expect(await late.pullRaw()).toMatchObject(refused('offline_too_long'))
    const instance = { acknowledged: 'copy', candidate: 'copy' }
    expect(await late.pushRaw([], { instance })).toMatchObject(refused('offline_too_long'))
    expect(await late.pullRaw({ cursor: '' })).toMatchObject({ kind: 'answer' })
  })

  test('[RT4] an operation on a forgotten record makes none', async () => {
    const world = await openWorld()
    const b = world.client('b')
    const a = await withDeletions(world)
    world.at(90)
    await world.prune()
    await b.pullAll()
    const edit = { recordId: 'r-1', value: { title: 'back' }, baseVersion: 1 }
    expect(kinds(await b.push(b.operation(edit), b.operation({ ...edit, type: 'delete' })))).toEqual([
      'rejected DEPENDENCY',
      'rejected DEPENDENCY',
    ])
    expect(await readRow(world.store, 'r-1')).toBeUndefined()
    await a.push(create(a, 'r-1', { title: 'anew' }))
    const seen = { ...edit, baseVersion: 5, history: 3 }
    expect(kinds(await b.push(b.operation(seen)))).toEqual(['conflict'])
    expect(await readRow(world.store, 'r-1')).toMatchObject({ data: { title: 'anew' } })
  })

  test('[RT10] a record that was forgotten and is made anew goes on above all versions that were forgotten', async () => {
    const world = await openWorld()
    const a = await withDeletions(world)
    const knows = world.client('b')
    world.at(60)
    await knows.pullAll()
    await world.prune()
    const { prunedTo } = await world.store.read(scope, async ({ state }) => state)
    await a.push(create(a, 'r-1', { title: 'anew' }))
    expect(await readRow(world.store, 'r-1')).toMatchObject({ version: prunedTo + 1, seq: prunedTo + 2 })
    // It has heard of the deletion, version 2, and of nothing since.
    const again = knows.operation({
      recordId: 'r-1',
      type: 'create',
      value: { id: 'r-1', title: 'mine' },
      baseVersion: 2,
    })
    expect(kinds(await knows.push(again))).toEqual(['conflict'])
    expect(kinds(await a.push(create(a, 'r-9', { title: 'new' })))).toEqual(['applied'])
    expect(await readRow(world.store, 'r-9')).toMatchObject({ version: prunedTo + 1 })
  })

  test('[RT5] an operation whose verdict was forgotten is OUTCOME_UNKNOWN, and is not applied again', async () => {
    const world = await openWorld()
    const a = world.client('a')
    const sent = create(a, 'r-1', { title: 'once' })
    await a.push(sent)
    const b = world.client('b')
    await b.push(b.operation({ recordId: 'r-1', type: 'delete', baseVersion: 1 }))
    world.at(90)
    await world.prune()
    await a.pullAll()
    expect(kinds(await a.push(sent))).toEqual(['rejected OUTCOME_UNKNOWN'])
    expect(await readRow(world.store, 'r-1')).toBeUndefined()
    expect(await a.pull()).toMatchObject({ decided: { watermark: 1, above: [] } })
  })

  test('[RT6] verdicts above the watermark stay, and those that were asked for again', async () => {
    const world = await openWorld()
    const a = world.client('a')
    const [first, second, third] = [1, 2, 3].map((index) => create(a, `r-${index}`, { title: 'x' }))
    if (first === undefined || second === undefined || third === undefined) throw new Error('Three.')
    await a.push(first)
    await a.pushRaw([third], { protocol: 2, waiting: [2] })
    world.at(80)
    const copy = world.client('copy')
    const resent = { ...first, clientSeq: 1 }
    await copy.push(resent)
    world.at(90)
    await world.prune()
    await copy.pullAll()
    await a.pullAll()
    expect(await copy.push(resent)).toMatchObject({ results: [{ kind: 'duplicate' }] })
    expect(await a.push(third)).toMatchObject({ results: [{ kind: 'duplicate' }] })
    expect(kinds(await a.push(second))).toEqual(['applied'])
  })

  test('[RT7] resume says from when on verdicts are known', async () => {
    const world = await openWorld()
    const a = await withDeletions(world)
    const asked = { protocol: 3, clientId: 'a', scope, ids: ['a-op-1'] }
    const ask = () => world.handlers.resume({ user: { id: 'u-1' } }, asked)
    expect(await ask()).not.toHaveProperty('forgotBefore')
    world.at(90)
    await world.prune()
    const serverTime = 1_750_000_000_000 + 90 * day
    expect(await ask()).toMatchObject({
      verdicts: [{ id: 'a-op-1', verdict: null }],
      decided: { watermark: a.nextSeq - 1 },
      forgotBefore: serverTime - olderThan + 60_000,
    })
  })

  test('[RT8] a scope that was revoked is given up where the app wants that, and blocks where not', async () => {
    for (const revocation of ['remove', 'block', undefined] as const) {
      let mine = [scope]
      const world = await openWorld({ scopes: () => mine, revocation })
      const a = world.client('a')
      await a.push(create(a, 'r-1', { title: 'x' }))
      await a.pull()
      mine = []
      const expected = revocation === 'remove' ? refused('revoked') : forbidden
      expect(await a.pullRaw()).toMatchObject(expected)
      expect(await a.pushRaw([])).toMatchObject(expected)
      expect(await a.pullRaw({ cursor: '' })).toMatchObject(forbidden)
      expect(await a.snapshotRaw()).toMatchObject(forbidden)
      expect(await world.client('b', 'u-2').pullRaw({ cursor: a.cursor })).toMatchObject(forbidden)
      expect(await a.pullRaw({ scope: 'team-2' })).toMatchObject(forbidden)
    }
  })

  test('[RT11] nobody says how long devices may be away: 90 days, and one that was in contact since goes on', async () => {
    const environment = testEnvironment()
    const world = await openWorld({ environment })
    const start = environment.clock.now()
    const [early, late] = [world.client('a'), world.client('b', 'u-2')]
    await early.push(create(early, 'r-1', { title: 'x' }))
    await early.pull()
    await late.push(late.operation({ recordId: 'r-1', type: 'delete', baseVersion: 1 }))
    environment.at(start + 80 * day)
    await late.pull()
    environment.at(start + 91 * day)
    await late.push(create(late, 'r-2', { title: 'x' }))
    expect(await pruneSync(world.store, { environment })).toMatchObject({ tombstones: 1 })
    expect(await late.pullRaw()).toMatchObject({ kind: 'answer' })
    expect(await early.pullRaw()).toMatchObject(refused('offline_too_long'))
  })

  test('[RT9] a retention that is no positive number of milliseconds is refused', async () => {
    const { store } = await openWorld()
    for (const bad of [0, -1, 0.5, Number.NaN, Infinity]) {
      await expect(pruneSync(store, { olderThan: bad })).rejects.toMatchObject({ code: 'MISCONFIGURED' })
      await expect(pruneSync(store, { olderThan, batch: bad })).rejects.toMatchObject({
        code: 'MISCONFIGURED',
      })
    }
  })
})
