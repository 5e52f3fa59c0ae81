import type { Database, Expectation } from '../../storage/contract.ts'
import { ensure, equal, rejects } from './assert.ts'
import { allKeys, put, remove, valueOf, write, type StorageRule } from './rule.ts'

const refused = async (database: Database, expect: readonly Expectation[], key: string): Promise<void> => {
  const before = await database.read([{ scan: '' }])
  const commit = (): Promise<unknown> =>
    database.commit({ expect, writes: [put('a', 'refused'), put('new', 'refused'), remove('b')] })
  const error = await rejects(commit, 'STORAGE_CONFLICT', JSON.stringify(expect))
  equal(error.details.key, key, 'the key that the error names')
  equal(await database.read([{ scan: '' }]), before, 'entries after a refused commit')
}

export const expectationRules: readonly StorageRule[] = [
  {
    id: 'ST23',
    title: 'an expected revision passes only while it is the revision of the key',
    async check({ open }) {
      const database = await open()
      const first = await write(database, put('a', '1'), put('b', '1'))
      const second = await write(database, put('a', '2'))
      await refused(database, [{ key: 'a', revision: first }], 'a')
      await refused(database, [{ key: 'a', revision: second + 1 }], 'a')
      await refused(database, [{ key: 'b', revision: second }], 'b')
      await database.commit({ expect: [{ key: 'a', revision: second }], writes: [put('a', '3')] })
      equal(await valueOf(database, 'a'), '3', 'value')
    },
  },
  {
    id: 'ST24',
    title: 'an expected revision of 0 passes only while the key is absent',
    async check({ open }) {
      const database = await open()
      await database.commit({ expect: [{ key: 'a', revision: 0 }], writes: [put('a', ''), put('b', '')] })
      await refused(database, [{ key: 'a', revision: 0 }], 'a')
      const revision = await write(database, remove('a'))
      await refused(database, [{ key: 'a', revision }], 'a')
      await database.commit({ expect: [{ key: 'a', revision: 0 }], writes: [put('a', 'again')] })
      equal(await valueOf(database, 'a'), 'again', 'value')
    },
  },
  {
    id: 'ST25',
    title: 'one failing expectation among many writes nothing, and the error names its key',
    async check({ open }) {
      const database = await open()
      const revision = await write(database, put('a', '1'), put('b', '1'), put('c', '1'))
      const good = ['a', 'b', 'c'].map((key) => ({ key, revision }))
      await refused(database, [...good, { key: 'd', revision }], 'd')
      await refused(database, [{ key: 'c', revision: 0 }, ...good], 'c')
      await refused(database, [{ key: 'never written here', revision }, ...good], 'never written here')
    },
  },
  {
    id: 'ST26',
    title: 'expectations may concern keys that the commit does not write, or come alone',
    async check({ open }) {
      const database = await open()
      const revision = await write(database, put('gate', 'open'), put('gate/2', 'open'))
      await database.commit({ expect: [{ key: 'gate', revision }], writes: [put('a', '1')] })
      await database.commit({ expect: [{ key: 'gate', revision }], writes: [] })
      await rejects(
        () => database.commit({ expect: [{ key: 'gate', revision: 0 }], writes: [] }),
        'STORAGE_CONFLICT',
        'alone',
      )
      equal(await allKeys(database), ['a', 'gate', 'gate/2'], 'keys')
    },
  },
  {
    id: 'ST27',
    title: 'of concurrent commits with one expectation exactly one wins',
    async check({ open }) {
      const handles = [await open(), await open(), await open()]
      let revision = 0
      for (let round = 0; round < 10; round += 1) {
        const expect = [{ key: 'key', revision }]
        const commits = handles.flatMap((handle, index) =>
          [0, 1].map((turn) =>
            handle.commit({
              expect,
              writes: [put('key', `${index}/${turn}`), put(`n/${round}/${index}/${turn}`)],
            }),
          ),
        )
        const settled = await Promise.allSettled(commits)
        const receipts = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
        equal(receipts.length, 1, 'number of winners')
        revision = receipts[0]?.revision ?? 0
        const [database] = handles
        ensure(database !== undefined, 'no handle')
        const [entry, traces] = await database.read([{ get: 'key' }, { scan: `n/${round}/` }])
        equal(
          [entry?.revision, traces.map(({ key }) => key)],
          [revision, [`n/${round}/${entry?.value}`]],
          'what is stored',
        )
      }
    },
  },
]
