import { equal, rejects } from './assert.ts'
import { allKeys, put, remove, valueOf, write, type StorageRule } from './rule.ts'

const many = 5000

export const commitRules: readonly StorageRule[] = [
  {
    id: 'ST18',
    title: 'a commit performs all its writes, and all get its revision',
    async check({ open }) {
      const database = await open()
      await write(database, put('b', 'old'), put('d', 'old'))
      const revision = await write(database, put('c', '1'), put('a', '1'), put('b', '1'), remove('d'))
      const [entries] = await database.read([{ scan: '' }])
      equal(
        entries.map(({ key }) => key),
        ['a', 'b', 'c'],
        'keys',
      )
      for (const entry of entries) equal([entry.value, entry.revision], ['1', revision], entry.key)
    },
  },
  {
    id: 'ST19',
    title: 'a write of undefined removes the key, and removing an absent key is fine',
    async check({ open }) {
      const database = await open()
      await write(database, put('a', '1'), put('ab', '2'))
      await write(database, remove('a'), remove('never'))
      equal(await database.read([{ get: 'a' }]), [undefined], 'get of a removed key')
      equal(await allKeys(database), ['ab'], 'keys')
      await write(database, put('a', ''))
      equal(await valueOf(database, 'a'), '', 'an empty value is no removal')
    },
  },
  {
    id: 'ST20',
    title: 'a commit of 5,000 writes takes effect as a whole',
    async check({ open }) {
      const database = await open()
      const writes = Array.from({ length: many }, (_, index) => put(`n/${index}`, `${index}`))
      await rejects(
        () => database.commit({ expect: [{ key: 'gate', revision: 1 }], writes }),
        'STORAGE_CONFLICT',
        'gate',
      )
      equal((await allKeys(database)).length, 0, 'entries of the refused commit')
      const revision = await write(database, ...writes)
      const [entries] = await database.read([{ scan: 'n/' }])
      equal(entries.length, many, 'entries')
      equal(
        entries.filter((entry) => entry.revision !== revision),
        [],
        'entries of another revision',
      )
      await write(database, ...writes.map(({ key }) => remove(key)))
      equal((await allKeys(database)).length, 0, 'entries after removal')
    },
  },
  {
    id: 'ST21',
    title: 'commits of one handle take effect in the order in which they were called',
    async check({ open }) {
      const database = await open()
      const commits = Array.from({ length: 100 }, (_, index) =>
        write(database, put('key', `${index}`), put(`k${index}`)),
      )
      const revisions = await Promise.all(commits)
      equal(
        revisions,
        revisions.toSorted((left, right) => left - right),
        'revisions in the order of the calls',
      )
      equal(await valueOf(database, 'key'), '99', 'the last value')
      equal((await allKeys(database)).length, 101, 'number of keys')
    },
  },
  {
    id: 'ST22',
    title: 'a refused commit leaves the handle in working order',
    async check({ open }) {
      const database = await open()
      for (let round = 0; round < 5; round += 1) {
        const refused = { expect: [{ key: 'key', revision: 999_999 }], writes: [put('key', 'refused')] }
        const [conflict] = await Promise.allSettled([
          database.commit(refused),
          write(database, put('key', `${round}`)),
        ])
        equal(conflict.status, 'rejected', 'the refused commit')
        equal(await valueOf(database, 'key'), `${round}`, 'value of the next commit')
      }
    },
  },
]
