import {
  collection,
  createSyncClient,
  defineSchema,
  fieldMerge,
  lastWriteWins,
  optimisticVersion,
  type ConflictStrategy,
  type Operation,
  type SyncClient,
  type SyncEvent,
} from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { compaction, type CompactionOptions } from '@holdfast/plugins/compaction'
import { otText, textEdit } from '@holdfast/plugins/ot'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  manualEnvironment,
  type ManualEnvironment,
} from '../../packages/core/test/support/manual-environment.ts'
import { testEnvironment } from '../../packages/server/test/support/world.ts'
import { databaseNames, databases, type DatabaseName } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { scope, startServer } from '../harness/server.ts'

const fields = z.object({
  id: z.string(),
  title: z.string(),
  text: z.string().default(''),
  words: z.string().default(''),
})

/** It says that it settles each field by itself, and not that it leaves some to a person. */
const asksUnannounced: ConflictStrategy = {
  name: 'asksUnannounced',
  perField: true,
  resolve: ({ fields: disputed }) => ({ take: 'ask', fields: disputed }),
}

const schema = defineSchema({
  version: '1.0.0',
  collections: {
    latest: collection({ fields, conflict: lastWriteWins() }),
    merged: collection({ fields, conflict: fieldMerge() }),
    surprising: collection({ fields, conflict: asksUnannounced }),
    log: collection({
      fields,
      conflict: optimisticVersion({ onConflict: 'retry' }),
      operations: {
        append: {
          input: z.object({ word: z.string() }),
          apply: (record, { word }) => ({ ...record, words: `${record.words}${word}` }),
          compose: (first, second) => ({ word: `${first.word}${second.word}` }),
        },
      },
    }),
    drafts: collection({
      fields: fields.extend({ body: otText({ keep: 5 }) }),
      conflict: lastWriteWins(),
    }),
  },
})
type Collections = (typeof schema)['collections']
type Sent = Extract<SyncEvent, { readonly type: 'pushed' }>

const count = (value: number): string => value.toLocaleString('en')

/** A real server, and devices with files of their own. Devices are offline but for `sync`. */
const openWorld = async (name: DatabaseName = 'SQLite') => {
  const folder = temporaryFolder()
  const database = await databases[name]()
  const time = testEnvironment()
  const server = await startServer({ schema, database, environment: time })
  let now = 1_750_000_000_000
  time.at(now)
  const environments = new Set<ManualEnvironment>()
  const open = new Set<SyncClient<Collections>>()

  const device = async (user: string, options: CompactionOptions | 'plain' = {}) => {
    server.tokens.set(user, { id: user })
    const environment = manualEnvironment(now)
    environments.add(environment)
    const client: SyncClient<Collections> = await createSyncClient({
      schema,
      user,
      storage: sqliteStorage({ filename: folder.path(`${user}.db`), durability: 'normal', environment }),
      transport: trpcTransport({
        url: `${server.url}/trpc`,
        headers: () => ({ authorization: `Bearer ${user}` }),
        transformer: 'none',
        environment,
      }),
      scopes: [scope],
      autoStart: false,
      environment,
      limits: { maxOps: options === 'plain' ? 20_000 : 5_000 },
      plugins: options === 'plain' ? [] : [compaction(options)],
    })
    open.add(client)
    const events: SyncEvent[] = []
    client.events$.subscribe((event) => events.push(event))
    const pushed = (): readonly Sent[] => events.filter((event) => event.type === 'pushed')
    return {
      client,
      collections: client.collections,
      passes: () => events.filter((event) => event.type === 'compacted'),
      madeAgain: () => events.filter((event) => event.type === 'madeAgain').length,
      problems: () => events.filter((event) => event.type === 'problem'),
      async sync() {
        const before = pushed().length
        client.start()
        for (let state = await client.syncNow(); state.status !== 'synced'; state = await client.syncNow()) {
          // A slow machine's server may be late.
          if (state.status !== 'waiting') throw new Error(`It is ${state.status}.`)
          environment.advance(state.retryAt - environment.clock.now())
        }
        client.pause()
        expect(await client.deadLetters.list()).toEqual([])
        const sent = pushed().slice(before)
        return {
          requests: sent.length,
          operations: sent.reduce((sum, { operations }) => sum + operations, 0),
          bytes: sent.reduce((sum, { bytes }) => sum + bytes, 0),
        }
      },
      async close() {
        open.delete(client)
        await client.close()
      },
    }
  }

  return {
    device,
    /** Time passes for all. */
    pass(ms: number) {
      now += ms
      time.at(now)
      for (const environment of environments) environment.advance(ms)
    },
    async row(recordId: string): Promise<unknown> {
      const row = await database.prisma.holdfastRecord.findFirst({ where: { recordId } })
      return row === null ? undefined : JSON.parse(row.data)
    },
    typesOf: async (recordId: string): Promise<readonly string[]> =>
      (await database.prisma.holdfastOperation.findMany({ where: { recordId } })).map(({ type }) => type),
    async [Symbol.asyncDispose]() {
      for (const client of open) await client.close()
      await server[Symbol.asyncDispose]()
      await database.close()
      folder[Symbol.dispose]()
    },
  }
}

type Device = Awaited<ReturnType<Awaited<ReturnType<typeof openWorld>>['device']>>

/** Many writes, some at a time, as an app makes them that awaits each but not alone. */
const manyTimes = async (times: number, write: (index: number) => Promise<unknown>): Promise<void> => {
  for (let start = 0; start < times; start += 100)
    await Promise.all(
      Array.from({ length: Math.min(100, times - start) }, (_, index) => write(start + index)),
    )
}

const byFate = (operations: readonly Operation[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { fate } of operations) counts[fate.kind] = (counts[fate.kind] ?? 0) + 1
  return counts
}

test(
  '[CP1] [CP2] 10,000 updates of one record made offline travel as one operation',
  { timeout: 180_000 },
  async () => {
    const edits = 10_000
    await using world = await openWorld()
    const run = async (device: Device, id: string) => {
      await device.collections.latest.create({ id, title: 'new' })
      await device.sync()
      await manyTimes(edits, (index) => device.collections.latest.update(id, { title: `edit ${index}` }))
      return device.sync()
    }
    const compacted = await world.device('compacting')
    const after = await run(compacted, 'compacted')
    const before = await run(await world.device('plain', 'plain'), 'plain')
    expect(before.operations).toBe(edits)
    expect(after).toMatchObject({ requests: 1, operations: 1 })
    const wanted = { title: `edit ${edits - 1}`, text: '', words: '' }
    expect(await world.row('compacted')).toEqual({ id: 'compacted', ...wanted })
    expect(await world.row('plain')).toEqual({ id: 'plain', ...wanted })
    expect(byFate(await compacted.client.operations.list())).toEqual({ applied: 2, superseded: edits - 1 })
    expect(compacted.problems()).toEqual([])
    figure(
      `${count(edits)} updates of one record: ${count(before.operations)} operations in ${before.requests} ` +
        `requests, ${count(before.bytes)} bytes; compacted ${after.operations} operation in ${after.requests} ` +
        `request, ${count(after.bytes)} bytes`,
    )
  },
)

test('[CP2] [CP8] creations with their updates travel as creations, and what came and went does not travel at all', async () => {
  await using world = await openWorld()
  const device = await world.device('ann')
  const { merged } = device.collections
  for (const id of ['stays', 'goes']) {
    await merged.create({ id, title: 'new' })
    for (let edit = 0; edit < 20; edit += 1) await merged.update(id, { text: `edit ${edit}` })
  }
  await merged.delete('goes')
  expect(await device.sync()).toMatchObject({ requests: 1, operations: 1 })
  expect(await world.row('stays')).toMatchObject({ title: 'new', text: 'edit 19' })
  expect(await world.row('goes')).toBeUndefined()
  expect(await world.typesOf('stays')).toEqual(['create'])
  expect(byFate(await device.client.operations.list())).toEqual({ applied: 1, superseded: 20, cancelled: 22 })
})

test('[CP9] each trigger fires once', { timeout: 60_000 }, async () => {
  await using world = await openWorld()
  const options = { threshold: 300, perRecord: 100, beforeSync: true }
  const device = await world.device('ann', options)
  const { latest } = device.collections
  const ids = Array.from({ length: 50 }, (_, index) => `r-${index}`)
  for (const id of ids) await latest.create({ id, title: 'new' })
  await device.sync()
  for (let edit = 0; edit < 100; edit += 1) await latest.update('r-0', { title: `edit ${edit}` })
  await expect.poll(device.passes).toMatchObject([{ trigger: 'record', before: 100, folded: 99 }])
  for (let round = 0; round < 4; round += 1)
    for (const id of ids) await latest.update(id, { title: `${round}` })
  await expect
    .poll(device.passes)
    .toMatchObject([{ trigger: 'record' }, { trigger: 'threshold', before: 201, folded: 151 }])
  for (const title of ['last', 'very last']) await latest.update('r-1', { title })
  expect(await device.sync()).toMatchObject({ operations: 50 })
  expect(device.passes()).toMatchObject([
    { trigger: 'record' },
    { trigger: 'threshold' },
    { trigger: 'sync', before: 52, folded: 2 },
  ])
  figure(
    `each trigger once: ${device
      .passes()
      .map((pass) =>
        pass.type === 'compacted' ? `${pass.trigger} ${pass.before} -> ${pass.before - pass.folded}` : '',
      )
      .join(', ')} operations`,
  )
})

test.each(databaseNames)(
  '[CP3] [CP4] a put merges with what others wrote: another field, and the same ones by the time of each, on %s',
  async (name) => {
    await using world = await openWorld(name)
    const [ann, ben] = [await world.device('ann'), await world.device('ben')]
    await ann.collections.latest.create({ id: 'r', title: 'new' })
    await ann.sync()
    await ben.sync()

    // Ann writes title and words, then Ben the same, then Ann the words again and the text.
    for (const title of ['hers at first', 'hers']) await ann.collections.latest.update('r', { title })
    await ann.collections.latest.update('r', { words: 'hers, early' })
    world.pass(20_000)
    await ben.collections.latest.update('r', { title: 'his', words: 'his' })
    await ben.sync()
    world.pass(20_000)
    await ann.collections.latest.update('r', { words: 'hers, late' })
    await ann.collections.latest.update('r', { text: 'hers' })

    expect(await ann.sync()).toMatchObject({ operations: 1 })
    const [put] = await ann.client.operations.list({ status: 'COMPLETED' }).then((all) => all.toReversed())
    expect(put).toMatchObject({ type: 'put', fate: { kind: 'applied', lost: ['title'] } })
    expect(await world.typesOf('r')).toContain('put')
    await ben.sync()
    const wanted = { id: 'r', title: 'his', words: 'hers, late', text: 'hers' }
    expect(await world.row('r')).toEqual(wanted)
    for (const { collections } of [ann, ben]) expect(await collections.latest.get('r')).toEqual(wanted)

    // What it left behind is compared by the time of each field, too: an edit between her title and her text.
    for (const title of ['hers, old']) await ann.collections.latest.update('r', { title })
    world.pass(20_000)
    await ben.collections.latest.update('r', { title: 'his, between' })
    await ben.collections.latest.update('r', { text: 'his, between' })
    world.pass(20_000)
    await ann.collections.latest.update('r', { text: 'hers, new' })
    await ann.sync()
    expect(await ben.sync()).toMatchObject({ operations: 1 })
    await ann.sync()
    expect(await world.row('r')).toMatchObject({ title: 'his, between', text: 'hers, new' })
  },
)

test.each(databaseNames)(
  '[CP5] a put that asks after all is cut into updates: one is asked about, once, and the others go on, on %s',
  async (name) => {
    await using world = await openWorld(name)
    const [ann, ben] = [await world.device('ann'), await world.device('ben')]
    await ann.collections.surprising.create({ id: 'r', title: 'new' })
    await ann.sync()
    await ben.sync()
    await ben.collections.surprising.update('r', { title: 'his' })
    await ben.sync()
    for (const title of ['hers at first', 'hers']) await ann.collections.surprising.update('r', { title })
    await ann.collections.surprising.update('r', { text: 'hers' })
    await ann.sync()
    await ann.sync()
    expect(ann.madeAgain()).toBe(1)
    expect((await world.typesOf('r')).toSorted()).toEqual(['create', 'put', 'update', 'update', 'update'])
    const [conflict, ...others] = await ann.client.conflicts.list()
    expect(others).toEqual([])
    expect(conflict).toMatchObject({
      fields: ['title'],
      mine: { title: 'hers', text: 'hers' },
      theirs: { title: 'his', text: 'hers' },
    })
    await ann.client.conflicts.resolve(conflict?.id ?? '', 'mine')
    await ann.sync()
    expect(await world.row('r')).toMatchObject({ title: 'hers', text: 'hers' })
    expect(await ann.client.conflicts.list()).toEqual([])
  },
)

test('[CP5] a put whose place in a typed field is gone is made again as a put, which is accepted', async () => {
  await using world = await openWorld()
  const [ann, ben] = [await world.device('ann'), await world.device('ben', { beforeSync: false })]
  await ann.collections.drafts.create({ id: 'r', title: 'new' })
  await ann.sync()
  await ben.sync()
  for (let edit = 0; edit < 30; edit += 1)
    await ben.collections.drafts.update('r', { body: textEdit([`${edit % 10}`]) })
  await ben.sync()
  for (const letter of ['c', 'b', 'a']) await ann.collections.drafts.update('r', { body: textEdit([letter]) })
  await ann.collections.drafts.update('r', { title: 'hers' })
  await ann.sync()
  await ann.sync()
  expect(ann.madeAgain()).toBe(1)
  expect((await world.typesOf('r')).filter((type) => type === 'put')).toHaveLength(2)
  await ben.sync()
  const [hers, his] = [await ann.collections.drafts.get('r'), await ben.collections.drafts.get('r')]
  expect(hers).toEqual(his)
  expect(hers).toMatchObject({ title: 'hers' })
  expect(hers?.body).toContain('abc')
  expect(hers?.body).toHaveLength(33)
})

test(
  '[CP2] named operations travel as one, and run on what others did meanwhile',
  { timeout: 60_000 },
  async () => {
    const words = 1_000
    await using world = await openWorld()
    const [ann, ben] = [await world.device('ann'), await world.device('ben')]
    await ann.collections.log.create({ id: 'r', title: 'new' })
    await ann.sync()
    await ben.sync()
    await ben.collections.log.run.append('r', { word: 'first ' })
    await ben.sync()
    for (let index = 0; index < words; index += 1)
      await ann.collections.log.run.append('r', { word: `${index % 10}` })
    const sent = await ann.sync()
    expect(sent).toMatchObject({ operations: 1 })
    expect(await world.row('r')).toMatchObject({ words: `first ${'0123456789'.repeat(words / 10)}` })
    figure(`${count(words)} named operations travel as ${sent.operations}, ${count(sent.bytes)} bytes`)
  },
)

test('[CP8] [CP10] a queue that was compacted outlives the app', async () => {
  await using world = await openWorld()
  const first = await world.device('ann')
  const { latest } = first.collections
  await latest.create({ id: 'r', title: 'new' })
  await first.sync()
  const early = await latest.update('r', { title: 'early' })
  for (let edit = 0; edit < 60; edit += 1) await latest.update('r', { text: `edit ${edit}` })
  await expect.poll(first.passes).toMatchObject([{ trigger: 'record' }])
  const shown = await latest.get('r')
  await first.close()

  const second = await world.device('ann')
  expect(await second.collections.latest.get('r')).toEqual(shown)
  await second.collections.latest.update('r', { title: 'late' })
  expect(await second.sync()).toMatchObject({ operations: 1 })
  expect(await world.row('r')).toMatchObject({ title: 'late', text: 'edit 59' })
  // Whoever holds the id of a write can follow what became of it.
  let operation = await second.client.operations.get(early.operationId)
  while (operation?.fate.kind === 'superseded')
    operation = await second.client.operations.get(operation.fate.by ?? '')
  expect(operation?.fate).toEqual({ kind: 'applied', version: 2, lost: [] })
})
