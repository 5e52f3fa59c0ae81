import type { Database } from '../../storage/contract.ts'
import { ensure, equal, rejects } from './assert.ts'
import { put, remove, write, type StorageRule } from './rule.ts'

const isRevision = (revision: number): boolean => Number.isSafeInteger(revision) && revision > 0

const higher = (revision: number, before: number): number => {
  ensure(isRevision(revision), `${revision} is no revision`)
  ensure(revision > before, `revision ${revision} came after ${before}`)
  return revision
}

export const revisionRules: readonly StorageRule[] = [
  {
    id: 'ST33',
    title: 'each commit has a greater revision than all before, whatever it writes and on whatever handle',
    async check({ open }) {
      const handles = [await open(), await open()]
      const commits = async (database: Database, last: number): Promise<number> => {
        let revision = higher(await write(database, put('a')), last)
        revision = higher(await write(database, put('a')), revision)
        revision = higher(await write(database, remove('a')), revision)
        revision = higher(await write(database, remove('a')), revision)
        revision = higher(await write(database), revision)
        return higher(await write(database, put('b'), put('c')), revision)
      }
      let revision = 0
      for (let round = 0; round < 3; round += 1) {
        for (const handle of handles) revision = await commits(handle, revision)
      }
    },
  },
  {
    id: 'ST34',
    title: 'revisions go on after closing and opening, also where the last commits removed everything',
    async check({ open }) {
      let revision = 0
      for (const last of [[put('a')], [remove('a')], [], [put('b'), remove('a')], [remove('b')]]) {
        const database = await open()
        revision = higher(await write(database, ...last), revision)
        await database.close()
      }
    },
  },
  {
    id: 'ST35',
    title: 'a key that was removed and made again never has an earlier revision',
    async check({ open }) {
      let database = await open()
      const first = await write(database, put('a', 'same'))
      await write(database, remove('a'))
      await database.close()
      database = await open()
      await write(database, put('a', 'same'))
      const stale = { expect: [{ key: 'a', revision: first }], writes: [put('a', 'lost update')] }
      await rejects(() => database.commit(stale), 'STORAGE_CONFLICT', 'an expectation of the earlier entry')
      const [entry] = await database.read([{ get: 'a' }])
      ensure(entry !== undefined && entry.revision > first, 'the entry has an earlier revision')
      equal(entry.value, 'same', 'value')
    },
  },
  {
    id: 'ST36',
    title: 'an entry keeps its revision while others are written',
    async check({ open }) {
      let database = await open()
      const revision = await write(database, put('a', '1'))
      await write(database, put('aa'), put('A'), remove('b'))
      await database.close()
      database = await open()
      const [entry, scanned] = await database.read([{ get: 'a' }, { scan: 'a', limit: 1 }])
      equal([entry?.revision, scanned[0]?.revision], [revision, revision], 'revision')
      await database.commit({ expect: [{ key: 'a', revision }], writes: [] })
    },
  },
]
