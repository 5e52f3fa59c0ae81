import { expect, test } from 'vitest'
import { nodeSqliteDriver, sqliteStorage, type SqliteDriver } from '@holdfast/storage-adapters/sqlite'
import { firstOf } from '../src/sqlite/default-driver.ts'
import { temporaryFolder } from './support/temporary.ts'

const missing: SqliteDriver = {
  name: 'missing',
  load: () => Promise.reject(new Error("Cannot find package 'missing'")),
}

test('the first driver that can be loaded is used', async () => {
  const library = await firstOf([missing, nodeSqliteDriver()]).load()
  library.open(':memory:').close()
})

test('where no driver can be loaded the error says what to install', async () => {
  const loading = firstOf([missing, missing]).load()
  await expect(loading).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  await expect(loading).rejects.toThrow(/install better-sqlite3, or run Node/)
})

test('without a driver the installed one is found', async () => {
  const folder = temporaryFolder()
  const database = await sqliteStorage({ filename: folder.path('default.sqlite') }).open('main')
  await database.commit({ expect: [], writes: [{ key: 'a', value: '1' }] })
  await database.close()
  folder.remove()
})
