import { sseLive } from '@holdfast/core/live'
import { createSeededRandom } from '@holdfast/core/testing'
import type { Subscription } from 'rxjs'
import { expect, test, vi } from 'vitest'
import { createSqliteDatabase } from '../../packages/server/test/support/databases.ts'
import { createPostgresqlDatabase } from '../../packages/server/test/support/shared-postgres.ts'
import { figure } from '../harness/figure.ts'
import { startTcpProxy } from '../harness/tcp-proxy.ts'
import { brokers } from '../live/brokers.ts'
import { openDevice, type LiveDevice } from '../live/device.ts'
import { scope, startLiveServer } from '../live/live-server.ts'

const streams = 500

test(`of one change ${streams} connected clients are told within a second`, { timeout: 60_000 }, async () => {
  const database = await createSqliteDatabase()
  const limits = { liveStreamsPerUser: streams + 1 }
  await using server = await startLiveServer(database, { limits })
  const told: number[] = []
  const open: Subscription[] = []
  let ready = 0
  let changedAt = 0
  for (let index = 0; index < streams; index += 1) {
    const live$ = sseLive({ url: server.url, path: '' })({
      protocol: 4,
      clientId: `c-${index}`,
      scopes: [scope],
    })
    open.push(
      live$.subscribe((news) => {
        if (news.kind !== 'hint') return
        if (news.head === 0) ready += 1
        else told.push(performance.now() - changedAt)
      }),
    )
  }
  await vi.waitFor(() => expect(ready).toBe(streams), { timeout: 30_000 })
  changedAt = performance.now()
  await server.add('n-1')
  await vi.waitFor(() => expect(told).toHaveLength(streams), { timeout: 10_000 })
  for (const subscription of open) subscription.unsubscribe()
  await database.close()

  const sorted = told.toSorted((left, right) => left - right)
  const at = (share: number): number => Math.round(sorted[Math.ceil(share * streams) - 1] ?? 0)
  figure(`${streams} streams told of one change: median ${at(0.5)} ms, 99 of 100 within ${at(0.99)} ms`)
  expect(at(0.99)).toBeLessThan(1_000)
})

const cuts = 100
const devices = 5
const changes = 200

test(
  `connections that are cut ${cuts} times at random: all devices have all, without a snapshot`,
  { timeout: 120_000 },
  async () => {
    const seed = process.env['HOLDFAST_SEED'] ?? `${Date.now()}`
    const random = createSeededRandom(seed)
    const database = await createSqliteDatabase()
    await using server = await startLiveServer(database)
    await using proxy = await startTcpProxy(server.url)
    const all: LiveDevice[] = []
    for (let index = 0; index < devices; index += 1) all.push(await openDevice(proxy.url))
    await vi.waitFor(() => expect(all.every((device) => device.isSynced())).toBe(true))
    const begun = server.asked.get('snapshot') ?? 0

    let made = 0
    for (let round = 0; round < cuts; round += 1) {
      await server.add(`n-${2 * round}`)
      await all[round % devices]?.add(`n-${2 * round + 1}`)
      await vi.waitFor(() => expect(proxy.open()).toBeGreaterThan(0))
      made += proxy.cut((count) => random.between(0, count - 1))
      await new Promise((resolve) => setTimeout(resolve, random.between(0, 40)))
    }
    const wanted = Array.from({ length: changes }, (_, index) => `n-${index}`).toSorted()
    await vi.waitFor(
      async () => {
        for (const device of all) expect(await device.ids()).toEqual(wanted)
      },
      { timeout: 30_000, interval: 100 },
    )
    const snapshots = (server.asked.get('snapshot') ?? 0) - begun
    figure(
      `${made} connections cut under ${changes} changes: ${devices} of ${devices} devices have all, ${snapshots} snapshots (seed ${seed})`,
    )
    expect(made).toBe(cuts)
    expect(snapshots).toBe(0)
    for (const device of all) await device[Symbol.asyncDispose]()
    await database.close()
  },
)

test.each(Object.entries(brokers))(
  'two processes over %s: a change at one reaches devices of the other, also after the connection for hints was cut',
  { timeout: 60_000 },
  async (name, openBroker) => {
    const database = await createPostgresqlDatabase()
    const broker = await openBroker(database.url)
    const broadcasters = [broker.open(), broker.open()] as const
    await using one = await startLiveServer(database, { broadcaster: broadcasters[0] })
    await using two = await startLiveServer(database.another(), { broadcaster: broadcasters[1] })
    await using device = await openDevice(two.url)
    await vi.waitFor(() => expect(device.isSynced()).toBe(true))

    const times: number[] = []
    const reaches = async (id: string): Promise<void> => {
      const start = performance.now()
      await one.add(id)
      await vi.waitFor(async () => expect(await device.ids()).toContain(id), { timeout: 20_000, interval: 5 })
      times.push(performance.now() - start)
    }
    await reaches('first')
    for (let index = 0; index < 20; index += 1) await reaches(`n-${index}`)
    const usual = times.slice(1).toSorted((left, right) => left - right)
    await broker.cut()
    await reaches('after-the-cut')
    figure(
      `from one process to a device of another over ${name}: median ${Math.round(usual[10] ?? 0)} ms; after a cut ${Math.round(times.at(-1) ?? 0)} ms`,
    )
    await Promise.all(broadcasters.map((broadcaster) => broadcaster.close()))
    await device[Symbol.asyncDispose]()
    await database.close()
  },
)
