/** Commits one key and ends. */
import { betterSqlite3Driver, nodeSqliteDriver, sqliteStorage } from '@holdfast/storage-adapters/sqlite'

const [filename = '', driver = '', key = ''] = process.argv.slice(2)
const adapter = sqliteStorage({
  filename,
  driver: driver === 'node:sqlite' ? nodeSqliteDriver() : betterSqlite3Driver(),
})
const database = await adapter.open('main')
await database.commit({ expect: [], writes: [{ key, value: 'from the child' }] })
await database.close()
