/** Commits without end: pairs of keys that belong together. Prints each number once its commit resolved. */
import { writeSync } from 'node:fs'
import { betterSqlite3Driver, nodeSqliteDriver, sqliteStorage } from '@holdfast/storage-adapters/sqlite'

const [filename = '', driver = '', start = '0'] = process.argv.slice(2)
const adapter = sqliteStorage({
  filename,
  driver: driver === 'node:sqlite' ? nodeSqliteDriver() : betterSqlite3Driver(),
  durability: 'normal',
})
const database = await adapter.open('main')
for (let number = Number(start); ; number += 1) {
  const value = `${number}`.repeat(1 + (number % 300))
  const writes = Array.from({ length: 1 + (number % 40) }, (_, index) => ({
    key: `n/${number}/${index}`,
    value,
  }))
  await database.commit({ expect: [], writes: [...writes, { key: 'last', value: `${number}` }] })
  writeSync(1, `${number}\n`)
}
