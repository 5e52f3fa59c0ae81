/** Commits without end, two keys at a time. Prints each number once its commit resolved. */
import { writeSync } from 'node:fs'
import { fileStorage } from '../../src/storage/file-storage.ts'

const [folder = ''] = process.argv.slice(2)
const database = await fileStorage({ folder, compactAbove: 20_000 }).open('main')
const [[last]] = await database.read([{ scan: 'last' }])
for (let number = Number(last?.value ?? -1) + 1; ; number += 1) {
  const writes = [
    { key: `n/${number % 50}`, value: `${number}`.repeat(1 + (number % 300)) },
    { key: 'last', value: `${number}` },
  ]
  await database.commit({ expect: [], writes })
  writeSync(1, `${number}\n`)
}
