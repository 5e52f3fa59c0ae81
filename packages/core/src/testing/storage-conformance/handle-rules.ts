import { equal, rejects } from './assert.ts'
import { allKeys, mainName, put, valueOf, write, type StorageRule } from './rule.ts'

const names = [
  'main',
  'Main',
  'mai',
  'main/',
  'main2',
  "ma'in",
  'ma"in',
  'ma%',
  'ma_n',
  'user/ü 🦭',
  ' ',
  '..',
  'main.main',
]

export const handleRules: readonly StorageRule[] = [
  {
    id: 'ST37',
    title: 'two handles on one name see each other',
    async check({ open }) {
      const [left, right] = [await open(), await open()]
      const revision = await write(left, put('a', 'left'))
      equal(await valueOf(right, 'a'), 'left', 'read by the other')
      await right.commit({ expect: [{ key: 'a', revision }], writes: [put('a', 'right')] })
      equal(await valueOf(left, 'a'), 'right', 'read back')
      const stale = { expect: [{ key: 'a', revision }], writes: [put('a', 'stale')] }
      await rejects(() => left.commit(stale), 'STORAGE_CONFLICT', 'a stale expectation')
    },
  },
  {
    id: 'ST38',
    title: 'databases of different names share nothing',
    async check({ adapter }) {
      const databases = await Promise.all(names.map((name) => adapter.open(name)))
      for (const [index, database] of databases.entries()) {
        await database.commit({
          expect: [{ key: 'own', revision: 0 }],
          writes: [put('own', `${index}`), put(`k${index}`)],
        })
      }
      for (const [index, database] of databases.entries()) {
        equal(await allKeys(database), [`k${index}`, 'own'], `keys of ${names[index]}`)
        equal(await valueOf(database, 'own'), `${index}`, `value in ${names[index]}`)
      }
    },
  },
  {
    id: 'ST39',
    title: 'what was committed is there after closing and opening',
    async check({ open }) {
      for (let round = 0; round < 3; round += 1) {
        const database = await open()
        equal((await allKeys(database)).length, round, 'keys from before')
        await write(database, put(`k${round}`))
        await database.close()
      }
    },
  },
  {
    id: 'ST40',
    title: 'a closed handle rejects with CLOSED, closing twice is fine, other handles go on',
    async check({ open }) {
      const [closed, other] = [await open(), await open()]
      await closed.close()
      await closed.close()
      await rejects(() => closed.read([{ get: 'a' }]), 'CLOSED', 'read')
      await rejects(() => closed.read([]), 'CLOSED', 'read of nothing')
      await rejects(() => write(closed, put('a')), 'CLOSED', 'commit')
      await rejects(() => write(closed), 'CLOSED', 'commit of nothing')
      equal(await allKeys(other), [], 'keys after refused commits')
      await write(other, put('a', '1'))
      equal(await valueOf(other, 'a'), '1', 'value on the other handle')
    },
  },
  {
    id: 'ST41',
    title: 'calls under way while the handle closes still settle, and say what happened',
    async check({ open }) {
      const database = await open()
      const commits = Array.from({ length: 10 }, (_, index) => write(database, put(`k${index}`)))
      const read = database.read([{ scan: 'k' }])
      const settled = Promise.allSettled([...commits, read])
      await database.close()
      const results = await settled
      const again = await open()
      const keys = await allKeys(again)
      for (const [index, { status }] of results.slice(0, -1).entries()) {
        equal(keys.includes(`k${index}`), status === 'fulfilled', `k${index} is stored`)
      }
    },
  },
  {
    id: 'ST42',
    title: 'destroy removes one database and nothing else, and unknown names are fine',
    async check({ adapter, open }) {
      await adapter.destroy('unknown')
      const [database, other] = [await open(), await adapter.open('other')]
      await write(database, put('a'), put('b'))
      await write(other, put('a', 'kept'))
      await database.close()
      await adapter.destroy(mainName)
      await adapter.destroy(mainName)
      const again = await open()
      equal(await allKeys(again), [], 'keys after destroy')
      await again.commit({ expect: [{ key: 'a', revision: 0 }], writes: [put('a', 'new')] })
      equal([await valueOf(again, 'a'), await valueOf(other, 'a')], ['new', 'kept'], 'values')
    },
  },
]
