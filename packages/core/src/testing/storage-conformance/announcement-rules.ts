import type { Database, ExternalCommit } from '../../storage/contract.ts'
import { ensure, equal, pause, rejects, until } from './assert.ts'
import { mainName, put, remove, valueOf, write, type StorageRule } from './rule.ts'

const listen = (database: Database): ExternalCommit[] => {
  const heard: ExternalCommit[] = []
  database.externalCommits$.subscribe((commit) => heard.push(commit))
  return heard
}

const covers = (heard: readonly ExternalCommit[], keys: readonly string[]): boolean =>
  keys.every((key) => heard.some((commit) => commit === 'all' || commit.keys.includes(key)))

const exactKeys = (heard: readonly ExternalCommit[]): readonly string[] =>
  heard.flatMap((commit) => (commit === 'all' ? [] : commit.keys))

export const announcementRules: readonly StorageRule[] = [
  {
    id: 'ST43',
    title: 'a handle hears which keys other handles wrote and removed, or all',
    async check({ open, environment }) {
      const [writer, listener] = [await open(), await open()]
      await write(writer, put('before'))
      const heard = listen(listener)
      await write(writer, put('a'), put('b'))
      await until(environment, () => covers(heard, ['a', 'b']), 'written keys')
      heard.length = 0
      await write(writer, remove('a'))
      await until(environment, () => covers(heard, ['a']), 'removed key')
    },
  },
  {
    id: 'ST44',
    title: 'a handle does not hear its own commits',
    async check({ open, environment }) {
      const [writer, listener] = [await open(), await open()]
      const [own, others] = [listen(writer), listen(listener)]
      for (let round = 0; round < 5; round += 1) await write(writer, put(`k${round}`))
      await until(environment, () => covers(others, ['k4']), 'the other handle')
      await pause(environment, 30)
      equal(own, [], 'heard of own commits')
      await write(listener, put('answer'))
      await until(environment, () => covers(own, ['answer']), 'the answer')
      equal(
        exactKeys(own).filter((key) => key !== 'answer'),
        [],
        'own keys',
      )
    },
  },
  {
    id: 'ST45',
    title: 'what is announced can be read',
    async check({ open, environment }) {
      const [writer, listener] = [await open(), await open()]
      const reads: Promise<string | undefined>[] = []
      const heard: ExternalCommit[] = []
      let committed = 0
      listener.externalCommits$.subscribe((commit) => {
        heard.push(commit)
        const named = exactKeys([commit]).map((key) => valueOf(listener, key))
        reads.push(...named, ...(commit === 'all' ? [valueOf(listener, `k${committed}`)] : []))
      })
      for (; committed < 20; committed += 1) await write(writer, put(`k${committed}`, 'there'))
      committed = 19
      await until(environment, () => covers(heard, ['k19']), 'the last key')
      const values = await Promise.all(reads)
      if (!heard.includes('all'))
        equal(
          values.filter((value) => value !== 'there'),
          [],
          'values missing when announced',
        )
      equal(await valueOf(listener, 'k19'), 'there', 'the last value')
    },
  },
  {
    id: 'ST46',
    title: 'no commit of a burst is dropped, by several writers and for several subscribers',
    async check({ open, environment }) {
      const [left, right, listener] = [await open(), await open(), await open()]
      const [first, second] = [listen(listener), listen(listener)]
      const keys = Array.from({ length: 100 }, (_, index) => `k${index}`)
      await Promise.all(keys.map((key, index) => write(index % 2 === 0 ? left : right, put(key))))
      await until(environment, () => covers(first, keys), 'the first subscriber')
      await until(environment, () => covers(second, keys), 'the second subscriber')
    },
  },
  {
    id: 'ST47',
    title: 'commits of other databases and refused commits are not announced',
    async check({ adapter, open, environment }) {
      const [writer, listener, other] = [await open(), await open(), await adapter.open('other')]
      const heard = listen(listener)
      await write(other, put('other'))
      const refused = { expect: [{ key: 'a', revision: 9 }], writes: [put('refused')] }
      await rejects(() => writer.commit(refused), 'STORAGE_CONFLICT', 'refused commit')
      await pause(environment, 30)
      equal(heard, [], 'heard of nothing')
      await write(writer, put('a'))
      await until(environment, () => covers(heard, ['a']), 'a commit')
      equal(
        exactKeys(heard).filter((key) => key !== 'a'),
        [],
        'other keys',
      )
    },
  },
  {
    id: 'ST48',
    title: 'announcements end when the subscriber leaves, and complete when the handle closes',
    async check({ open, environment }) {
      const [writer, listener] = [await open(), await open()]
      let [left, completed] = [0, 0]
      const early = listener.externalCommits$.subscribe(() => (left += 1))
      const stays = listen(listener)
      listener.externalCommits$.subscribe({ complete: () => (completed += 1) })
      early.unsubscribe()
      await write(writer, put('a'))
      await until(environment, () => covers(stays, ['a']), 'the subscriber who stayed')
      equal(left, 0, 'heard by the one who left')
      await listener.close()
      equal(completed, 1, 'completions at close')
      listener.externalCommits$.subscribe({ complete: () => (completed += 1) })
      equal(completed, 2, 'completion of a late subscription')
      stays.length = 0
      await write(writer, put('b'))
      await pause(environment, 30)
      equal(stays, [], 'heard after closing')
    },
  },
  {
    id: 'ST49',
    title: 'other tabs or processes see and hear commits where the manifest says shared, both ways',
    async check({ adapter, place, environment, open }) {
      if (!adapter.supports.sharedAcrossTabs) return
      ensure(place.neighbour !== undefined, 'the place offers no neighbour')
      const [here, there] = [await open(), await (await place.neighbour()).open(mainName)]
      const [heardHere, heardThere] = [listen(here), listen(there)]
      const revision = await write(here, put('a', 'here'))
      equal(await valueOf(there, 'a'), 'here', 'read by the neighbour')
      await until(environment, () => covers(heardThere, ['a']), 'the neighbour')
      equal(heardHere, [], 'heard of own commits')
      heardThere.length = 0
      await there.commit({ expect: [{ key: 'a', revision }], writes: [remove('a'), put('b', 'there')] })
      await until(environment, () => covers(heardHere, ['a', 'b']), 'the first process')
      equal(await valueOf(here, 'b'), 'there', 'read back')
      const stale = { expect: [{ key: 'a', revision }], writes: [put('a', 'stale')] }
      await rejects(() => here.commit(stale), 'STORAGE_CONFLICT', 'a stale expectation')
      await pause(environment, 30)
      equal(heardThere, [], 'heard by the neighbour of its own commit')
    },
  },
]
