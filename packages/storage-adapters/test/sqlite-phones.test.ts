import { crc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { StorageAdapter } from '@holdfast/core/storage'
import { capacitorSqliteDriver, sqliteStorage } from '@holdfast/storage-adapters/capacitor-sqlite'
import { expoSqliteDriver } from '@holdfast/storage-adapters/expo-sqlite'
import { opSqliteDriver } from '@holdfast/storage-adapters/op-sqlite'
import { sqliteStorage as nodeStorage, type AsyncSqliteDriver } from '@holdfast/storage-adapters/sqlite'
import { createColumn } from '../src/sqlite/column.ts'
import { portableCrc32 } from '../src/sqlite/crc32.ts'
import { capacitorSqliteShim, createNativeApp } from './support/shims/capacitor-sqlite-shim.ts'
import { expoSqliteShim } from './support/shims/expo-sqlite-shim.ts'
import { createNativeProcess, type NativeProcess } from './support/shims/native-process.ts'
import { opSqliteShim } from './support/shims/op-sqlite-shim.ts'
import { temporaryFolder, type TemporaryFolder } from './support/temporary.ts'

let folder: TemporaryFolder
let process: NativeProcess
beforeEach(() => {
  folder = temporaryFolder()
  process = createNativeProcess()
})
afterEach(() => {
  process.kill()
  folder.remove()
})

const drivers: readonly (readonly [string, () => AsyncSqliteDriver])[] = [
  ...(['ios', 'android'] as const).map(
    (platform) =>
      [
        `expo-sqlite on ${platform}`,
        () => expoSqliteDriver(expoSqliteShim({ process, folder: folder.path('.'), platform })),
      ] as const,
  ),
  ['op-sqlite', () => opSqliteDriver(opSqliteShim(process, folder.path('.')))],
  [
    'capacitor-sqlite',
    () => capacitorSqliteDriver(capacitorSqliteShim(createNativeApp(process, folder.path('.')))),
  ],
]

const pages = (value: string): { readonly key: string; readonly value: string }[] =>
  Array.from({ length: 300 }, (_, index) => ({ key: `k${index}`, value: value.repeat(200) }))

describe.each(drivers)('over a shim of %s', (_, createDriver) => {
  const withLimit = (limit: string): AsyncSqliteDriver => ({
    ...createDriver(),
    async load() {
      const library = await createDriver().load()
      return {
        ...library,
        async openAsync(filename) {
          const connection = await library.openAsync(filename)
          await connection.all({ sql: limit, values: [] })
          return connection
        },
      }
    },
  })

  test('a full disk is STORAGE_FULL, and what was there stays', async () => {
    const driver = withLimit('PRAGMA max_page_count = 20')
    const database = await sqliteStorage({ filename: 'full.sqlite', driver }).open('main')
    await database.commit({ expect: [], writes: [{ key: 'kept', value: 'yes' }] })
    await expect(database.commit({ expect: [], writes: pages('x') })).rejects.toMatchObject({
      code: 'STORAGE_FULL',
    })
    const [entries] = await database.read([{ scan: '' }])
    expect(entries.map(({ key }) => key)).toEqual(['kept'])
    await database.close()
  })

  test('a lock that another connection holds for too long is STORAGE_LOCKED', async () => {
    const storage = sqliteStorage({ filename: 'held.sqlite', driver: createDriver(), busyTimeout: 5 })
    const database = await storage.open('main')
    const path = _ === 'capacitor-sqlite' ? 'held.sqliteSQLite.db' : 'held.sqlite'
    const other = process.open(folder.path(path))
    await other.exec('BEGIN IMMEDIATE')
    await expect(database.commit({ expect: [], writes: [] })).rejects.toMatchObject({
      code: 'STORAGE_LOCKED',
    })
    await other.exec('ROLLBACK')
    await database.commit({ expect: [], writes: [] })
    await database.close()
  })
})

const values = ['a\u0000b', '\u0000', '\u0001', '\u0001a', '\u0001b\u0000', '\uFEFFmark', '\u0001\u0001b', '']

test('a file of a phone reads the same in Node, whatever its values hold', async () => {
  const [, createDriver] = drivers[0] ?? []
  if (createDriver === undefined) throw new Error('There is no driver.')
  const written = await sqliteStorage({ filename: 'both.sqlite', driver: createDriver() }).open('main')
  await written.commit({ expect: [], writes: values.map((value, index) => ({ key: `k${index}`, value })) })
  await written.close()
  const read = await nodeStorage({ filename: folder.path('both.sqlite') }).open('main')
  const [entries] = await read.read([{ scan: '' }])
  expect(entries.map(({ value }) => value)).toEqual(values)
  await read.close()
})

test.each([true, false])(
  'what a column takes comes out as it was, where it takes bytes: %s',
  (takesBytes) => {
    const column = createColumn({ filename: 'any', crc32: portableCrc32, takesBytes })
    const text = fc.string({ unit: fc.constantFrom('\u0000', '\u0001', 'a', 'b', '\uFEFF', 'ü', '🦭') })
    fc.assert(
      fc.property(text, fc.nat(), (value, revision) => {
        const entry = { key: 'k', value, revision }
        const stored = column.toColumn(value)
        expect(typeof stored === 'string' && stored.includes('\u0000')).toBe(false)
        expect(column.toEntry({ ...entry, value: stored, checksum: column.checksumOf(entry) })).toEqual(entry)
      }),
    )
  },
)

test('the checksum without Node is the one of Node', () => {
  const character = fc.constantFrom('\u0000', 'a', 'ü', '\u07FF', '€', '\uFFFF', '🦭', '\u{10FFFF}')
  fc.assert(
    fc.property(fc.string({ unit: character }), fc.string(), (text, before) => {
      expect(portableCrc32(text, portableCrc32(before))).toBe(crc32(text, crc32(before)))
    }),
  )
})

describe('capacitor-sqlite', () => {
  const write = { expect: [], writes: [{ key: 'a', value: '1' }] }

  test('a page that was loaded anew opens what the page before left open, in a transaction or not', async () => {
    const app = createNativeApp(process, folder.path('.'))
    const storageOfPage = (): StorageAdapter =>
      sqliteStorage({ filename: 'app', driver: capacitorSqliteDriver(capacitorSqliteShim(app)) })
    const before = await storageOfPage().open('main')
    await before.commit(write)
    await app.connection('app').exec('BEGIN EXCLUSIVE')
    await app.connection('app').exec("UPDATE entries SET value = 'torn'")
    const after = await storageOfPage().open('main')
    expect(await after.read([{ get: 'a' }])).toMatchObject([{ value: '1' }])
    await after.close()
  })

  test('a second adapter on one file is refused with STORAGE_LOCKED until the first has closed', async () => {
    const connections = capacitorSqliteShim(createNativeApp(process, folder.path('.')))
    const storage = (): StorageAdapter =>
      sqliteStorage({ filename: 'app', driver: capacitorSqliteDriver(connections) })
    const first = await storage().open('main')
    await expect(storage().open('main')).rejects.toMatchObject({ code: 'STORAGE_LOCKED' })
    await first.commit(write)
    await first.close()
    const second = await storage().open('main')
    expect(await second.read([{ get: 'a' }])).toMatchObject([{ value: '1' }])
    await second.close()
  })
})
