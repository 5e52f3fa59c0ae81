import type { StorageAdapter } from '../../storage/contract.ts'
import { ensure, equal, pause, rejects } from './assert.ts'
import { allKeys, mainName, put, remove, valueOf, write, type RuleContext, type StorageRule } from './rule.ts'

/** After a crash without durability a place has only to work; what it holds is not promised. */
const works = async (adapter: StorageAdapter): Promise<void> => {
  const database = await adapter.open(mainName)
  await write(database, put('works', 'yes'))
  equal(await valueOf(database, 'works'), 'yes', 'value after a crash')
  await database.close()
}

const durableOnly =
  (check: (context: RuleContext) => Promise<void>): ((context: RuleContext) => Promise<void>) =>
  async (context) => {
    if (context.adapter.supports.durable) return check(context)
    await write(await context.open(), put('a'))
    await works(await context.place.crash())
  }

/** Lets a commit get a little further before the crash: microtasks first, then real time. */
const steps = [0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30]
const later = [0, 1, 3]

export const crashRules: readonly StorageRule[] = [
  {
    id: 'ST50',
    title: 'a resolved commit survives a crash where the manifest says durable',
    check: durableOnly(async ({ adapter: first, place }) => {
      let adapter = first
      const expected: string[] = []
      for (let round = 0; round < 5; round += 1) {
        const database = await adapter.open(mainName)
        for (const key of [`a${round}`, `b${round}`]) {
          await write(database, put(key, key), put('last', key), remove(`x${round}`))
          expected.push(key)
        }
        adapter = await place.crash()
        const after = await adapter.open(mainName)
        equal(await allKeys(after), [...expected, 'last'].toSorted(), 'keys after the crash')
        equal(await valueOf(after, 'last'), `b${round}`, 'the last value')
      }
    }),
  },
  {
    id: 'ST51',
    title: 'of a commit under way in a crash either all or nothing is left',
    check: durableOnly(async ({ adapter: first, place, environment }) => {
      let adapter = first
      for (const [round, wait] of [...steps, ...later].entries()) {
        const database = await adapter.open(mainName)
        const keys = Array.from({ length: 20 }, (_, index) => `k${round}/${index}`)
        const commit = write(database, put('shared', `${round}`), ...keys.map((key) => put(key))).catch(
          () => undefined,
        )
        if (round >= steps.length) await pause(environment, wait)
        else for (let step = 0; step < wait; step += 1) await Promise.resolve()
        adapter = await place.crash()
        const after = await adapter.open(mainName)
        const [left, shared] = await after.read([{ scan: `k${round}/` }, { get: 'shared' }])
        ensure(
          left.length === 0 || left.length === keys.length,
          `${left.length} of ${keys.length} writes are left`,
        )
        equal(shared?.value === `${round}`, left.length > 0, 'the overwritten key belongs to the same commit')
        await Promise.race([commit, pause(environment, 1)])
        const [settled] = await after.read([{ scan: `k${round}/` }])
        equal(settled.length, left.length, 'entries that appear after the crash')
      }
    }),
  },
  {
    id: 'ST52',
    title: 'of commits called one after another a crash leaves the first ones, without a gap',
    check: durableOnly(async ({ adapter: first, place }) => {
      let adapter = first
      for (const wait of steps) {
        const database = await adapter.open(mainName)
        const commits = Array.from({ length: 10 }, (_, index) =>
          write(database, put(`${wait}/${index}`)).catch(() => undefined),
        )
        for (let step = 0; step < wait; step += 1) await Promise.resolve()
        adapter = await place.crash()
        const after = await adapter.open(mainName)
        const [left] = await after.read([{ scan: `${wait}/` }])
        equal(
          left.map(({ key }) => key),
          commits.slice(0, left.length).map((_, index) => `${wait}/${index}`),
          'keys',
        )
      }
    }),
  },
  {
    id: 'ST53',
    title: 'revisions go on after a crash, and expectations from before it still hold',
    check: durableOnly(async ({ open, place }) => {
      const database = await open()
      const kept = await write(database, put('kept'))
      const gone = await write(database, put('gone'))
      const last = await write(database, remove('gone'))
      const after = await (await place.crash()).open(mainName)
      ensure((await write(after, put('gone'))) > last, 'a revision was given twice')
      await after.commit({ expect: [{ key: 'kept', revision: kept }], writes: [put('kept', 'again')] })
      const stale = { expect: [{ key: 'gone', revision: gone }], writes: [put('gone', 'stale')] }
      await rejects(() => after.commit(stale), 'STORAGE_CONFLICT', 'a stale expectation')
    }),
  },
  {
    id: 'ST54',
    title: 'a destroyed database stays destroyed after a crash',
    check: durableOnly(async ({ adapter, open, place }) => {
      const [database, other] = [await open(), await adapter.open('other')]
      await write(database, put('a', 'secret'))
      await write(other, put('a', 'kept'))
      await database.close()
      await adapter.destroy(mainName)
      const next = await place.crash()
      equal(await allKeys(await next.open(mainName)), [], 'keys')
      equal(await valueOf(await next.open('other'), 'a'), 'kept', 'the other database')
    }),
  },
]
