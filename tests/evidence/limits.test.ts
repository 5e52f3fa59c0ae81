import {
  collection,
  createSyncClient,
  defineSchema,
  lastWriteWins,
  type Operation,
  type Plugin,
  type SyncEvent,
} from '@holdfast/core'
import type { Entry, StorageAdapter } from '@holdfast/core/storage'
import { trpcTransport } from '@holdfast/core/trpc'
import { archive, type ArchiveApi, type ArchiveOptions } from '@holdfast/plugins/archive'
import { compaction } from '@holdfast/plugins/compaction'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { failure } from '../../packages/core/test/support/failure.ts'
import {
  manualEnvironment,
  type ManualEnvironment,
} from '../../packages/core/test/support/manual-environment.ts'
import { databaseNames, databases, type DatabaseName } from '../../packages/server/test/support/stores.ts'
import { testEnvironment } from '../../packages/server/test/support/world.ts'
import { figure } from '../harness/figure.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { scope, startServer } from '../harness/server.ts'

const fields = z.object({ id: z.string(), title: z.string() })
const schema = defineSchema({
  version: '1.0.0',
  collections: {
    notes: collection({ fields, conflict: lastWriteWins() }),
    views: collection({ fields, conflict: lastWriteWins() }),
  },
})

const maxOps = 20_000
const day = 86_400_000
const count = (value: number): string => value.toLocaleString('en')

/** Tells how many entries were read, and by how many scans. */
const counted = (inner: StorageAdapter) => {
  const read = { entries: 0, scans: 0 }
  const storage: StorageAdapter = {
    ...inner,
    async open(name) {
      const database = await inner.open(name)
      return {
        ...database,
        async read(requests) {
          const results = await database.read(requests)
          const all: readonly (Entry | undefined | readonly Entry[])[] = results
          read.entries += all.flat().filter((entry) => entry !== undefined).length
          read.scans += requests.filter((request) => 'scan' in request).length
          return results
        },
      }
    },
  }
  return { storage, read }
}

interface DeviceOptions<TPlugins extends readonly Plugin[]> {
  readonly plugins: TPlugins
  readonly onFull?: { readonly drop: readonly string[] }
}

/** A real server, and devices with files of their own, that are offline but for `sync`. */
const openWorld = async (name: DatabaseName = 'SQLite') => {
  const folder = temporaryFolder()
  const database = await databases[name]()
  const time = testEnvironment()
  const server = await startServer({ schema, database, environment: time })
  const environments = new Set<ManualEnvironment>()
  const closing: (() => Promise<void>)[] = []
  let now = 1_750_000_000_000
  time.at(now)

  const device = async <const TPlugins extends readonly Plugin[]>(
    user: string,
    { plugins, onFull }: DeviceOptions<TPlugins>,
  ) => {
    server.tokens.set(user, { id: user })
    const environment = manualEnvironment(now)
    environments.add(environment)
    const { storage, read } = counted(
      // No other process has the file, and a day that passes would look at it at each of its seconds.
      sqliteStorage({
        filename: folder.path(`${user}.db`),
        durability: 'normal',
        environment,
        pollEvery: day,
      }),
    )
    const client = await createSyncClient({
      schema,
      user,
      storage,
      transport: trpcTransport({
        url: `${server.url}/trpc`,
        headers: () => ({ authorization: `Bearer ${user}` }),
        transformer: 'none',
        environment,
      }),
      scopes: [scope],
      autoStart: false,
      environment,
      limits: { maxOps, ...(onFull === undefined ? {} : { onFull }) },
      plugins,
    })
    closing.push(client.close)
    const events: SyncEvent[] = []
    client.events$.subscribe((event) => events.push(event))
    return {
      client,
      read,
      events,
      async sync() {
        client.start()
        for (let state = await client.syncNow(); state.status !== 'synced'; state = await client.syncNow()) {
          // A slow machine's server may be late.
          if (state.status !== 'waiting') throw new Error(`It is ${state.status}.`)
          environment.advance(state.retryAt - environment.clock.now())
        }
        client.pause()
      },
      /** So many writes, 500 at a time. */
      async write(from: number, to: number, one: (index: number) => Promise<unknown>) {
        for (let first = from; first < to; first += 500) {
          const size = Math.min(500, to - first)
          await Promise.all(Array.from({ length: size }, (_, index) => one(first + index)))
        }
      },
    }
  }

  return {
    prisma: database.prisma,
    device,
    pass(ms: number) {
      now += ms
      time.at(now)
      for (const environment of environments) environment.advance(ms)
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close()
      await server[Symbol.asyncDispose]()
      await database.close()
      folder[Symbol.dispose]()
    },
  }
}

type Told<TType extends SyncEvent['type']> = Extract<SyncEvent, { readonly type: TType }>

const ofType = <TType extends SyncEvent['type']>(events: readonly SyncEvent[], type: TType) =>
  events.filter((event): event is Told<TType> => event.type === type)

test(
  `[LQ1] [LQ2] [CL91] write ${maxOps + 1} is refused where nothing can be folded; the queue drains and takes writes again`,
  { timeout: 600_000 },
  async () => {
    await using world = await openWorld()
    const { client, read, events, sync, write } = await world.device('ann', { plugins: [compaction()] })
    const { notes } = client.collections
    await write(0, maxOps, (index) => notes.create({ id: `n-${index}`, title: 'one of many' }))
    const error = await failure(notes.create({ id: 'refused', title: 'one more' }), 'QUEUE_FULL')
    expect(error.details).toEqual({ limit: maxOps })
    const before = read.entries
    const refusals = 500
    for (let write = 0; write < refusals; write += 1)
      await failure(notes.create({ id: 'refused', title: 'one more' }), 'QUEUE_FULL')
    const each = (read.entries - before) / refusals
    expect(each).toBeLessThan(20)
    expect(await notes.get('refused')).toBeUndefined()

    // While it drains, a write is taken as soon as there is room.
    const draining = sync()
    let taken = 0
    for (let tries = 0; taken === 0 && tries < 10_000; tries += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      const done = await notes.update('n-7', { title: 'while it drains' }).catch(() => undefined)
      if (done !== undefined) taken = ofType(events, 'pushed').length
    }
    await draining
    await sync()
    expect(taken).toBeGreaterThan(0)
    expect(taken).toBeLessThan(maxOps / 200 / 2)
    const rows = await world.prisma.holdfastRecord.count({ where: { collection: 'notes' } })
    expect(rows).toBe(maxOps)
    expect(await client.deadLetters.list()).toEqual([])

    const [entries, scans] = [read.entries, read.scans]
    const history = await client.operations.history('notes', 'n-7')
    expect(history.map(({ type, status }) => `${type} ${status}`)).toEqual([
      'create COMPLETED',
      'update COMPLETED',
    ])
    expect(read.scans - scans).toBe(2)
    figure(
      `write ${count(maxOps + 1)} refused QUEUE_FULL, each further one with ${each.toFixed(0)} entries read; ` +
        `taken again after ${taken} of ${ofType(events, 'pushed').length} pushes; ${count(rows)} records at the server; ` +
        `history of one record among ${count(maxOps + 1)} operations: ${read.entries - entries} entries read`,
    )
    expect(read.entries - entries).toBeLessThan(10)
  },
)

test(
  `[LQ1] [LQ3] write ${maxOps + 1} forces a compaction, then what is disposable makes room`,
  { timeout: 600_000 },
  async () => {
    await using world = await openWorld()
    const never = { beforeSync: false, threshold: 1_000_000, perRecord: 1_000_000 }
    const device = await world.device('ann', { plugins: [compaction(never)], onFull: { drop: ['views'] } })
    const { client, events, sync, write } = device
    const { notes, views } = client.collections
    const records = 2_000
    await write(0, records, (index) => notes.create({ id: `n-${index}`, title: 'new' }))
    await write(records, maxOps, (index) => notes.update(`n-${index % records}`, { title: `edit ${index}` }))
    await notes.create({ id: 'first', title: 'one more' })
    const [pass] = ofType(events, 'compacted')
    expect(pass).toMatchObject({ trigger: 'full', before: maxOps, folded: maxOps - records })

    await write(0, 500, (index) => views.create({ id: `v-${index}`, title: 'viewed' }))
    await write(records, maxOps - 501, (index) => notes.create({ id: `n-${index}`, title: 'new' }))
    await write(0, 300, (index) => notes.create({ id: `more-${index}`, title: 'new' }))
    const dropped = ofType(events, 'dropped').flatMap(({ operations }) => operations)
    expect(dropped).toHaveLength(300)
    await write(300, 500, (index) => notes.create({ id: `more-${index}`, title: 'new' }))
    await failure(notes.create({ id: 'refused', title: 'one too many' }), 'QUEUE_FULL')
    await sync()
    const rows = await world.prisma.holdfastRecord.groupBy({ by: ['collection'], _count: true })
    expect(rows).toEqual([{ collection: 'notes', _count: maxOps }])
    expect(await client.deadLetters.list()).toEqual([])
    figure(
      `write ${count(maxOps + 1)}: ${count(maxOps - records)} of ${count(maxOps)} folded by one forced compaction; ` +
        `full again: 500 of 500 disposable operations made room, then QUEUE_FULL; ${count(maxOps)} records at the server`,
    )
  },
)

const keep = 1_000
const perDay = 300
const days = 21

test.each(databaseNames)(
  `[AR1] [AR2] [AR5] the archive stays within count and age over ${days} days of edits, on %s`,
  { timeout: 600_000 },
  async (name) => {
    await using world = await openWorld(name)
    const handed = new Map<string, Operation>()
    const options: ArchiveOptions = {
      keep,
      olderThan: '14d',
      grace: '1d',
      onRemove: (operations) => operations.forEach((operation) => void handed.set(operation.id, operation)),
    }
    const device = await world.device('ann', { plugins: [archive(options)] as const })
    const api: ArchiveApi = device.client.plugins.archive
    const { notes } = device.client.collections
    await device.write(0, perDay, (index) => notes.create({ id: `n-${index}`, title: 'new' }))
    let largest = 0
    for (let today = 1; today <= days; today += 1) {
      await device.sync()
      // A pass is over when the next one is.
      await api.run()
      largest = Math.max(largest, await api.size())
      world.pass(day)
      if (today === days) break
      await device.write(0, perDay, (index) => notes.update(`n-${index}`, { title: `day ${today}` }))
    }
    expect(largest).toBeLessThanOrEqual(keep)
    const made = perDay * days
    const left = await device.client.operations.list()
    expect(left.length + handed.size).toBe(made)
    expect(left.filter(({ id }) => handed.has(id))).toEqual([])

    // Nothing more is done: what is left gets too old.
    let lastDay = 0
    for (let idle = 1; idle <= 20; idle += 1) {
      await device.sync()
      await api.run()
      if ((await api.size()) > 0) lastDay = idle
      world.pass(day)
    }
    expect(lastDay).toBeGreaterThanOrEqual(12)
    expect(lastDay).toBeLessThanOrEqual(14)
    expect(handed.size).toBe(made)
    expect(await notes.find()).toHaveLength(perDay)
    figure(
      `${name}: ${count(made)} operations in ${days} days, never more than ${count(largest)} kept; ` +
        `the last gone ${lastDay + 1} days after the last edit; ${count(handed.size)} handed over`,
    )
  },
)
