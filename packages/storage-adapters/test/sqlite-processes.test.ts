import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hasCode } from '@holdfast/core'
import type { ExternalCommit } from '@holdfast/core/storage'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { lineOf, startChild } from './support/child.ts'
import { drivers } from './support/places.ts'
import { temporaryFolder, type TemporaryFolder } from './support/temporary.ts'

let folder: TemporaryFolder
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

describe.each(drivers.map((driver) => [driver.name, driver] as const))(
  'sqlite on %s beside other processes',
  (name, driver) => {
    test('a commit of another process is announced and can be read', async () => {
      const filename = folder.path('shared.sqlite')
      const database = await sqliteStorage({ filename, driver, pollEvery: 10 }).open('main')
      const heard: ExternalCommit[] = []
      const announced = new Promise<void>((resolve) => {
        database.externalCommits$.subscribe((commit) => {
          heard.push(commit)
          resolve()
        })
      })
      await startChild('commit-once.ts', filename, name, 'child').ended
      await announced
      const [entry] = await database.read([{ get: 'child' }])
      expect([entry?.value, heard]).toEqual(['from the child', ['all']])
      await database.close()
    })

    test('a commit of another process before an own one is announced with the own one', async () => {
      const filename = folder.path('shared.sqlite')
      const database = await sqliteStorage({ filename, driver, pollEvery: 1_000_000 }).open('main')
      const heard: ExternalCommit[] = []
      database.externalCommits$.subscribe((commit) => heard.push(commit))
      await database.commit({ expect: [], writes: [{ key: 'own', value: '' }] })
      await startChild('commit-once.ts', filename, name, 'child').ended
      expect(heard).toEqual([])
      await database.commit({ expect: [], writes: [{ key: 'own', value: '' }] })
      expect(heard).toEqual(['all'])
      await database.close()
    })

    test('a file locked by another process says so, writes nothing, and works once it is free', async () => {
      const filename = folder.path('locked.sqlite')
      const adapter = sqliteStorage({ filename, driver, busyTimeout: 20 })
      const database = await adapter.open('main')
      await database.commit({ expect: [], writes: [{ key: 'a', value: '1' }] })
      const child = startChild('hold-lock.ts', filename)
      await lineOf(child, (line) => line === 'locked')
      const locked = (error: unknown): boolean => hasCode(error, 'STORAGE_LOCKED')
      await expect(database.commit({ expect: [], writes: [{ key: 'a', value: '2' }] })).rejects.toSatisfy(
        locked,
      )
      await expect(adapter.open('new')).rejects.toSatisfy(locked)
      expect((await database.read([{ get: 'a' }]))[0]?.value).toBe('1')
      child.process.kill('SIGKILL')
      await child.ended
      await database.commit({ expect: [], writes: [{ key: 'a', value: '3' }] })
      expect((await database.read([{ get: 'a' }]))[0]?.value).toBe('3')
      await database.close()
    })

    test('every acknowledged commit survives kill -9, and none is torn', { timeout: 60_000 }, async () => {
      const filename = folder.path('killed.sqlite')
      let acknowledged = -1
      for (const wait of [1, 7, 20, 45, 80, 120]) {
        const child = startChild('commit-loop.ts', filename, name, `${acknowledged + 1}`)
        child.lines.on('line', (line) => (acknowledged = Number(line)))
        await lineOf(child, () => true)
        await new Promise((resolve) => setTimeout(resolve, wait))
        child.process.kill('SIGKILL')
        await child.ended

        const database = await sqliteStorage({ filename, driver }).open('main')
        const [entries, last] = await database.read([{ scan: 'n/' }, { get: 'last' }])
        expect(Number(last?.value)).toBeGreaterThanOrEqual(acknowledged)
        const counts = new Map<number, number>()
        for (const { key, value } of entries) {
          const number = Number(key.split('/')[1])
          expect(value).toBe(`${number}`.repeat(1 + (number % 300)))
          counts.set(number, (counts.get(number) ?? 0) + 1)
        }
        for (let number = 0; number <= Number(last?.value); number += 1)
          expect(counts.get(number)).toBe(1 + (number % 40))
        expect(counts.size).toBe(Number(last?.value) + 1)
        acknowledged = Number(last?.value)
        await database.close()
      }
    })

    test('two processes that make a new file at once both succeed', async () => {
      const filename = folder.path('new.sqlite')
      const keys = ['a', 'b', 'c', 'd']
      await Promise.all(keys.map((key) => startChild('commit-once.ts', filename, name, key).ended))
      const database = await sqliteStorage({ filename, driver }).open('main')
      const [entries] = await database.read([{ scan: '' }])
      expect(entries.map(({ key }) => key)).toEqual(keys)
      expect(entries.map(({ revision }) => revision).toSorted((left, right) => left - right)).toEqual([
        1, 2, 3, 4,
      ])
      await database.close()
    })
  },
)
