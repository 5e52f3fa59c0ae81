import type { OperationStatus, SyncEvent } from '@holdfast/core'
import { createSeededRandom } from '@holdfast/core/testing'
import { pruneSync } from '@holdfast/server'
import { prismaStore } from '@holdfast/server/prisma'
import { describe, expect, test } from 'vitest'
import { databaseNames, type DatabaseName } from '../../packages/server/test/support/stores.ts'
import { testEnvironment } from '../../packages/server/test/support/world.ts'
import { figure } from '../harness/figure.ts'
import { openWorld, type Device } from '../harness/world.ts'

const day = 86_400_000
const retention = 30
const seeds = ['one', 'two']
/** Days of one world, in steps of `stride`. */
const length = 200
const stride = 4

/** A device, and what a plain reckoning knows of it. */
interface Watched {
  readonly device: Device
  /** Days for which it stays away each time, at most. */
  readonly absence: number
  /** Where the feed stood when it was last in contact, and when that was; undefined: never. */
  last: { readonly head: number; readonly day: number } | undefined
  backOn: number
  readonly reasons: string[]
  readonly written: string[]
}

const fates: readonly OperationStatus[] = ['COMPLETED', 'CONFLICT', 'REJECTED', 'CANCELLED', 'SUPERSEDED']

/** What the look ahead would ask about after a long absence is confirmed. */
const settle = async ({ client, environment, sync }: Device): Promise<void> => {
  for (let tries = 0; ; tries += 1) {
    const state = await sync()
    if (state.status === 'synced') return
    expect({ state, tries: tries < 20 }).toMatchObject({ tries: true })
    if (state.status === 'waiting') environment.advance(state.retryAt - environment.clock.now())
    if (state.status === 'attention') await client.confirm()
  }
}

/** One world of devices, some of which return in time and some too late, over a server that forgets. */
const live = async (database: DatabaseName, seed: string) => {
  const environment = testEnvironment()
  const start = environment.clock.now()
  await using world = await openWorld({ database, environment })
  const { prisma } = world.server
  const store = prismaStore(prisma)
  const random = createSeededRandom(seed)
  const counts = { pruned: 0, inTime: 0, tooLate: 0, deleted: 0, forgotten: 0, unknown: 0, dependency: 0 }

  const watched: Watched[] = []
  for (const [name, absence] of [
    ['ada', 0],
    ['ben', 12],
    ['cy', 25],
    ['dora', 70],
    ['eve', 90],
  ] as const) {
    const device = await world.device(name)
    const one: Watched = { device, absence, last: undefined, backOn: 0, reasons: [], written: [] }
    device.client.events$.subscribe((event: SyncEvent) => {
      if (event.type === 'resetStarted') one.reasons.push(event.reason)
    })
    watched.push(one)
  }

  /** Of the server's history: where the feed stood at the end of each day. Nothing of the product reckons with it. */
  const heads = new Map<number, number>([[0, 0]])
  let prunedTo = 0
  let prunedOn = 0
  const headNow = async (): Promise<number> => Number((await prisma.holdfastScope.findFirst())?.head ?? 0)
  const gone = new Set<string>()
  let records = 0

  const write = async ({ device, written }: Watched): Promise<void> => {
    const { tasks } = device.client.collections
    const shown = await tasks.find()
    const some = shown.length === 0 ? undefined : random.pick(shown)
    const kind = some === undefined ? 'create' : random.pick(['create', 'update', 'update', 'delete'])
    records += 1
    const receipt =
      some === undefined || kind === 'create'
        ? await tasks.create({ id: `r-${records}`, title: `${records}` })
        : kind === 'update'
          ? await tasks.update(some.id, { text: `${records}` })
          : await tasks.delete(some.id)
    written.push(receipt.operationId)
  }

  /** One contact of a device, and whether the server's answer was the one that is due. */
  const contact = async (one: Watched, today: number): Promise<void> => {
    const { device, last, reasons } = one
    const before = reasons.length
    const isBelow = last !== undefined && last.head < prunedTo
    await settle(device)
    device.client.pause()
    const told = reasons.slice(before)
    if (!isBelow) expect({ seed, today, told }).toEqual({ seed, today, told: [] })
    else expect(told).toEqual([last.day + 1 <= prunedOn ? 'offline_too_long' : 'tombstones_pruned'])
    if (last !== undefined) counts[isBelow ? 'tooLate' : 'inTime'] += 1
    one.last = { head: await headNow(), day: today }
    // Questions are answered, so that all ends equal.
    for (const { id } of await device.client.conflicts.list())
      await device.client.conflicts.resolve(id, random.pick(['mine', 'theirs'] as const))
  }

  /** What was forgotten never comes back. */
  const checkDead = async (): Promise<void> => {
    const rows = await prisma.holdfastRecord.findMany()
    const there = new Set(rows.map(({ recordId }) => recordId))
    for (const id of gone) expect(there).not.toContain(id)
  }

  const deletedRows = async (): Promise<readonly string[]> =>
    (await prisma.holdfastRecord.findMany({ where: { deleted: true } })).map(({ recordId }) => recordId)

  for (let today = 0; today < length; today += stride) {
    environment.at(start + today * day)
    for (const one of watched) {
      for (let count = random.between(0, 2); count > 0; count -= 1) await write(one)
      if (today < one.backOn) continue
      // The last answer before a long absence may be lost.
      let isCut = one.absence > 0 && random.chance(0.5)
      world.proxy.decide = ({ procedure }) => {
        if (procedure !== 'push' || !isCut) return undefined
        isCut = false
        return { kind: 'cutAfter' }
      }
      await contact(one, today)
      if (one.absence > 0) {
        await write(one)
        world.proxy.decide = ({ procedure }) => (procedure === 'push' ? { kind: 'cutAfter' } : undefined)
        await one.device.sync()
        one.device.client.pause()
        world.proxy.decide = () => undefined
      }
      one.backOn = today + random.between(one.absence > retention ? 35 : 0, one.absence)
    }
    heads.set(today, await headNow())
    const before = await deletedRows()
    counts.deleted = Math.max(counts.deleted, before.length)
    if (today % 12 !== 0) continue
    const { tombstones, verdicts, nonces } = await pruneSync(store, {
      olderThan: retention * day,
      environment,
      batch: 7,
    })
    counts.pruned += tombstones + verdicts + nonces
    const after = new Set(await deletedRows())
    for (const id of before) if (!after.has(id)) gone.add(id)
    counts.forgotten += tombstones
    const older = [...heads].filter(([at]) => at < today - retention).map(([, head]) => head)
    prunedTo = Math.max(prunedTo, ...older)
    prunedOn = Math.max(0, today - retention)
    await checkDead()
  }

  for (let round = 0; round < 4; round += 1) for (const one of watched) await contact(one, length - stride)
  await checkDead()
  const living = await prisma.holdfastRecord.findMany({ where: { deleted: false } })
  const expected = new Map(living.map(({ recordId, data }) => [recordId, JSON.parse(data) as unknown]))
  for (const { device, written } of watched) {
    const shown = await device.client.collections.tasks.find()
    expect(new Map(shown.map((task) => [task.id, task as unknown]))).toEqual(expected)
    expect(await device.client.conflicts.list()).toEqual([])
    for (const id of written) {
      const operation = await device.client.operations.get(id)
      expect(fates).toContain(operation?.status)
      if (operation?.fate.kind !== 'rejected') continue
      const { code } = operation.fate
      expect(['OUTCOME_UNKNOWN', 'DEPENDENCY']).toContain(code)
      counts[code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'dependency'] += 1
    }
  }
  // Nothing is applied twice: of each record as many versions as operations that may have been applied. What is made after
  // something was forgotten does not begin at 1 (RT10).
  for (const { recordId, version, fieldVersions } of living) {
    const { id: born } = JSON.parse(fieldVersions) as { readonly id: { readonly version: number } }
    let most = 0
    for (const { device } of watched) {
      const history = await device.client.operations.history('tasks', recordId)
      most += history.filter(
        ({ fate }) =>
          fate.kind === 'applied' || (fate.kind === 'rejected' && fate.code === 'OUTCOME_UNKNOWN'),
      ).length
    }
    expect(Number(version) - born.version + 1).toBeLessThanOrEqual(most)
  }
  return { ...counts, operations: watched.reduce((sum, { written }) => sum + written.length, 0) }
}

describe.each(databaseNames)('%s', (database) => {
  test('[RT1] [RT2] [RT3] [RT4] [RT5] devices return in time and too late, over half a year of a server that forgets', async () => {
    const total: Record<string, number> = {}
    for (const seed of seeds)
      for (const [name, count] of Object.entries(await live(database, seed)))
        total[name] = (total[name] ?? 0) + count
    const { operations, inTime, tooLate, pruned, forgotten, unknown, dependency } = total
    figure(
      `${database}: ${operations} operations, ${inTime} returns in time and ${tooLate} too late answered as due, ` +
        `${pruned} rows removed, ${forgotten} of them tombstones and none came back, ` +
        `${unknown} OUTCOME_UNKNOWN and ${dependency} DEPENDENCY told, all devices equal`,
    )
    for (const count of [inTime, tooLate, forgotten, unknown, dependency]) expect(count).toBeGreaterThan(0)
  }, 240_000)
})
