import { describe, expect, test } from 'vitest'
import { databaseNames } from '../../packages/server/test/support/stores.ts'
import { startChild, type Child } from '../harness/child.ts'
import { figure } from '../harness/figure.ts'
import { openWorld, type Device, type World } from '../harness/world.ts'

const ids = ['a', 'b', 'c']

/** What the server's database holds. */
const rowsOf = async ({
  server,
}: World): Promise<readonly { readonly id: string; readonly seq: number; readonly title: unknown }[]> => {
  const rows = await server.prisma.holdfastRecord.findMany({ orderBy: { recordId: 'asc' } })
  return rows.map(({ recordId, seq, data }) => ({
    id: recordId,
    seq: Number(seq),
    title: (JSON.parse(data) as { readonly title: unknown }).title,
  }))
}

const titlesOf = async (world: World): Promise<string> =>
  (await rowsOf(world)).map(({ title }) => title).join()

const batchesOf = ({ server }: World): Promise<number> => server.prisma.holdfastBatch.count()

/** The server has answered a push of so many operations. */
const isDecided = ({ proxy }: World, operations: number): boolean =>
  proxy.requests.some(
    ({ operationIds, answer }) => operationIds.length === operations && answer !== undefined,
  )

const turn = (): Promise<void> => new Promise((done) => void setImmediate(done))

/** Three records that both devices have seen; then Bert changes one of them. */
const openDisputed = async (world: World): Promise<{ readonly anna: Device; readonly bert: Device }> => {
  const bert = await world.device('bert')
  for (const id of ids) await bert.client.collections.asked.create({ id, title: 'old' })
  await bert.settle()
  const anna = await world.device('anna')
  await anna.settle()
  await bert.client.collections.asked.update('b', { title: 'theirs' })
  await bert.settle()
  return { anna, bert }
}

/** Anna's device in a process of its own, on the same file. */
const annaAs = async (world: World, anna: Device, ...todo: readonly string[]): Promise<Child> => {
  await anna.client.close()
  return startChild(
    'transactions-device.ts',
    `${world.proxy.url}/trpc`,
    world.folder.path('anna.db'),
    anna.token,
    'anna',
    ...todo,
  )
}

/** Where Anna's process is killed. */
const deaths: readonly {
  readonly name: string
  readonly todo: readonly string[]
  /** The last line that it prints. */
  readonly after: string
  /** The answer to the push of so many operations never arrives, though the server has decided them. */
  readonly unheard?: number
  readonly resolved?: true
}[] = [
  { name: 'after the transaction, before it is sent', todo: ['write'], after: 'write' },
  { name: 'while the verdicts are on their way', todo: ['write', 'sync'], after: 'write', unheard: 3 },
  { name: 'after the question, before the answer', todo: ['write', 'sync'], after: 'sync' },
  {
    name: 'after the answer, before it is sent',
    todo: ['write', 'sync', 'resolve'],
    after: 'resolve',
    resolved: true,
  },
]

describe.each(databaseNames)('%s', (database) => {
  test('[P02] a transaction of three with one conflict: none applied, one question, resolving applies all', async () => {
    await using world = await openWorld({ database })
    const { anna, bert } = await openDisputed(world)
    const batches = await batchesOf(world)
    await anna.client.transaction(async ({ collections: { asked } }) => {
      for (const id of ids) await asked.update(id, { title: 'mine' })
    })
    expect(await anna.settle()).toMatchObject({ status: 'synced', conflicts: 1, deadLetters: 0 })
    expect(await titlesOf(world)).toBe('old,theirs,old')
    expect(await batchesOf(world)).toBe(batches)
    const [question, ...others] = await anna.client.conflicts.list()
    expect(others).toEqual([])
    expect(question).toMatchObject({ recordId: 'b', fields: ['title'], theirs: { title: 'theirs' } })

    await anna.client.conflicts.resolve(question?.id ?? '', 'mine')
    expect(await anna.settle()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
    expect(await titlesOf(world)).toBe('mine,mine,mine')
    // One batch, one head: nobody can have seen a part of it.
    expect(await batchesOf(world)).toBe(batches + 1)
    await bert.settle()
    const seen = await bert.client.collections.asked.find()
    expect(seen.map(({ title }) => title)).toEqual(['mine', 'mine', 'mine'])
    figure(`${database}: 0 of 3 applied, 1 question; after the answer 3 of 3, in 1 commit`)
  })

  test(
    '[P02] [P01] kill -9 of the device at each place in between changes nothing of that',
    { timeout: 120_000 },
    async () => {
      for (const { todo, after, unheard, resolved } of deaths) {
        await using world = await openWorld({ database })
        const { anna } = await openDisputed(world)
        if (unheard !== undefined) {
          world.proxy.decide = ({ procedure, operationIds }) =>
            procedure === 'push' && operationIds.length === unheard
              ? { kind: 'hold', place: 'answer', until: new Promise(() => undefined) }
              : undefined
        }
        const child = await annaAs(world, anna, ...todo)
        await child.printed(after)
        if (unheard !== undefined) while (!isDecided(world, unheard)) await turn()
        await child.kill()
        world.proxy.decide = () => undefined

        const again = await anna.restart()
        expect(await titlesOf(world)).toBe('old,theirs,old')
        expect((await again.client.collections.asked.find()).map(({ title }) => title)).toEqual([
          'mine',
          'mine',
          'mine',
        ])
        if (resolved === undefined) {
          await again.settle()
          const [question] = await again.client.conflicts.list()
          await again.client.conflicts.resolve(question?.id ?? '', 'mine')
        }
        expect(await again.settle()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
        expect(await titlesOf(world)).toBe('mine,mine,mine')
      }
      figure(`${database}: killed at ${deaths.length} places`)
    },
  )

  test(
    '[P02] [P01] a device that is killed amid its transactions never leaves a part of one, anywhere',
    { timeout: 120_000 },
    async () => {
      let made = 0
      let parts = 0
      const kills = 5
      await using world = await openWorld({ database })
      let anna = (await openDisputed(world)).anna
      await anna.settle()
      for (let round = 0; round < kills; round += 1) {
        const child = await annaAs(world, anna, 'loop')
        await child.printed('5')
        const before = await rowsOf(world)
        if (new Set(before.map(({ title }) => title)).size > 1 && round > 0) parts += 1
        await child.kill()
        made += child.lines.length
        anna = await anna.restart()
        const shown = (await anna.client.collections.asked.find()).map(({ title }) => title)
        if (new Set(shown).size !== 1) parts += 1
        // What was promised is there.
        expect(Number(shown[0])).toBeGreaterThanOrEqual(child.lines.length)
        expect(await anna.settle()).toMatchObject({ status: 'synced', conflicts: 0, deadLetters: 0 })
        const titles = new Set((await rowsOf(world)).map(({ title }) => title))
        if (titles.size !== 1) parts += 1
        expect([...titles]).toEqual([shown[0]])
      }
      expect(parts).toBe(0)
      figure(`${database}: ${made} transactions, ${kills} kills, ${parts} seen in part`)
    },
  )
})
