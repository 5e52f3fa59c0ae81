import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isSyncError, systemEnvironment, type ErrorCode, type SyncError } from '@holdfast/core'
import { sqliteStorage, type SqliteDriver } from '@holdfast/storage-adapters/sqlite'
import { drivers } from './support/places.ts'
import { temporaryFolder, type TemporaryFolder } from './support/temporary.ts'

let folder: TemporaryFolder
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

const failure = async (run: Promise<unknown>): Promise<SyncError | undefined> => {
  try {
    await run
    return undefined
  } catch (error) {
    if (isSyncError(error)) return error
    throw error
  }
}

const expectCode = async (run: Promise<unknown>, code: ErrorCode, sentence: RegExp): Promise<void> => {
  const error = await failure(run)
  expect(error?.code).toBe(code)
  expect(error?.message).toMatch(sentence)
}

describe.each(drivers.map((driver) => [driver.name, driver] as const))('sqlite files on %s', (_, driver) => {
  const writes = Array.from({ length: 2000 }, (_unused, index) => ({
    key: `k/${index}`,
    value: `value ${index} `.repeat(20),
  }))

  const filled = async (filename: string): Promise<void> => {
    const database = await sqliteStorage({ filename, driver }).open('main')
    await database.commit({ expect: [], writes })
    await database.close()
  }

  const readAll = async (filename: string): Promise<number> => {
    const database = await sqliteStorage({ filename, driver }).open('main')
    try {
      const [entries] = await database.read([{ scan: '' }])
      return entries.length
    } finally {
      await database.close()
    }
  }

  const overwrite = (filename: string, position: number, bytes: Uint8Array): void => {
    const content = readFileSync(filename)
    content.set(bytes, position)
    writeFileSync(filename, content)
  }

  test('a file that is no database is refused and left as it is', async () => {
    const filename = folder.path('notes.txt')
    writeFileSync(filename, 'These are notes. '.repeat(500))
    const before = readFileSync(filename)
    await expectCode(readAll(filename), 'STORAGE_CORRUPT', /move it away .* keep/)
    expect(readFileSync(filename)).toEqual(before)
  })

  test('a damaged header is refused and left as it is', async () => {
    const filename = folder.path('header.sqlite')
    await filled(filename)
    overwrite(filename, 0, new Uint8Array(100).fill(0xa5))
    const before = readFileSync(filename)
    await expectCode(readAll(filename), 'STORAGE_CORRUPT', /damaged/)
    expect(readFileSync(filename)).toEqual(before)
  })

  test('damaged pages are refused by the read that meets them', async () => {
    const filename = folder.path('pages.sqlite')
    await filled(filename)
    for (let page = 4; page < 12; page += 1) overwrite(filename, page * 4096, new Uint8Array(64).fill(0xa5))
    await expectCode(readAll(filename), 'STORAGE_CORRUPT', /damaged/)
  })

  test('[P54] a byte that changed within a value is noticed, wherever it is', async () => {
    const filename = folder.path('bytes.sqlite')
    await filled(filename)
    const sound = readFileSync(filename)
    const value = Buffer.from('value 7')
    let found = 0
    for (let at = sound.indexOf(value); at !== -1; at = sound.indexOf(value, at + 8_192)) {
      found += 1
      const flipped = Buffer.from(sound)
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at)
      writeFileSync(filename, flipped)
      await expectCode(readAll(filename), 'STORAGE_CORRUPT', /changed by itself/)
    }
    expect(found).toBeGreaterThan(3)
  })

  test('after an unclean end damaged pages are refused when the file is opened', async () => {
    const filename = folder.path('unclean.sqlite')
    await filled(filename)
    const database = await sqliteStorage({ filename, driver }).open('main')
    await database.commit({ expect: [], writes: [{ key: 'in the log', value: '' }] })
    const copy = folder.path('copy.sqlite')
    writeFileSync(copy, readFileSync(filename))
    writeFileSync(`${copy}-wal`, readFileSync(`${filename}-wal`))
    await database.close()
    overwrite(copy, 20 * 4096, new Uint8Array(64).fill(0xa5))
    await expectCode(sqliteStorage({ filename: copy, driver }).open('main'), 'STORAGE_CORRUPT', /damaged/)
  })

  test('a file cut short is refused', async () => {
    const filename = folder.path('short.sqlite')
    await filled(filename)
    const content = readFileSync(filename)
    writeFileSync(filename, content.subarray(0, Math.floor(content.length / 2 / 4096) * 4096))
    await expectCode(readAll(filename), 'STORAGE_CORRUPT', /damaged/)
  })

  test('a log without its file is refused, not taken for a new file', async () => {
    const filename = folder.path('gone.sqlite')
    const database = await sqliteStorage({ filename, driver }).open('main')
    await database.commit({ expect: [], writes })
    const log = readFileSync(`${filename}-wal`)
    await database.close()
    rmSync(filename)
    writeFileSync(`${filename}-wal`, log)
    await expectCode(readAll(filename), 'STORAGE_CORRUPT', /missing or empty/)
    expect(existsSync(filename)).toBe(false)
  })

  test('a newer layout is refused and left as it is', async () => {
    const filename = folder.path('newer.sqlite')
    await filled(filename)
    const connection = new DatabaseSync(filename)
    connection.exec('PRAGMA user_version = 2')
    connection.close()
    await expectCode(readAll(filename), 'STORAGE_FAILED', /version 2.*Update the app/)
  })

  test('a file of another program is refused and left as it is', async () => {
    const filename = folder.path('other.sqlite')
    const connection = new DatabaseSync(filename)
    connection.exec('CREATE TABLE theirs (id INTEGER)')
    connection.close()
    const before = readFileSync(filename)
    await expectCode(readAll(filename), 'STORAGE_FAILED', /filename of its own/)
    expect(readFileSync(filename)).toEqual(before)
  })

  test('a missing folder and a folder in place of a file say what to check', async () => {
    await expectCode(readAll(folder.path('missing/place.sqlite')), 'STORAGE_FAILED', /folder exists/)
    mkdirSync(folder.path('folder'))
    await expectCode(readAll(folder.path('folder')), 'STORAGE_FAILED', /folder exists/)
  })

  test('after a failed opening the same adapter can try again', async () => {
    const filename = folder.path('later/place.sqlite')
    const adapter = sqliteStorage({ filename, driver })
    await expectCode(adapter.open('main'), 'STORAGE_FAILED', /folder exists/)
    mkdirSync(folder.path('later'))
    await (await adapter.open('main')).close()
  })

  test('a full disk refuses the commit, keeps the rest, and goes on when there is space', async () => {
    let limit = (_pages: number): void => {}
    const small: SqliteDriver = {
      name: driver.name,
      async load() {
        const library = await driver.load()
        return {
          ...library,
          open(filename) {
            const connection = library.open(filename)
            limit = (pages) => connection.exec(`PRAGMA max_page_count = ${pages}`)
            return connection
          },
        }
      },
    }
    const database = await sqliteStorage({ filename: folder.path('full.sqlite'), driver: small }).open('main')
    limit(20)
    await database.commit({ expect: [], writes: [{ key: 'kept', value: 'yes' }] })
    await expectCode(database.commit({ expect: [], writes }), 'STORAGE_FULL', /Free some space/)
    const [entries] = await database.read([{ scan: '' }])
    expect(entries.map(({ key }) => key)).toEqual(['kept'])
    limit(100_000)
    await database.commit({ expect: [], writes })
    await database.close()
  })

  test('destroy leaves no byte of the values in the files', async () => {
    const filename = folder.path('secret.sqlite')
    const adapter = sqliteStorage({ filename, driver })
    const other = await adapter.open('other')
    const database = await adapter.open('the name')
    await database.commit({
      expect: [],
      writes: [{ key: 'the key', value: 'my secret '.repeat(5000) }, ...writes],
    })
    await database.close()
    await adapter.destroy('the name')
    for (const file of [filename, `${filename}-wal`]) {
      const bytes = existsSync(file) ? readFileSync(file).toString('latin1') : ''
      for (const text of ['my secret', 'the key', 'the name', 'value 77']) expect(bytes).not.toContain(text)
    }
    await other.close()
  })

  test('a handle on a database that another process destroyed is closed to commits', async () => {
    const filename = folder.path('destroyed.sqlite')
    const database = await sqliteStorage({ filename, driver }).open('main')
    await database.commit({ expect: [], writes })
    await sqliteStorage({ filename, driver }).destroy('main')
    const again = await sqliteStorage({ filename, driver }).open('main')
    await expectCode(database.commit({ expect: [], writes }), 'CLOSED', /open the database again/)
    expect(await again.read([{ scan: '' }])).toEqual([[]])
    await again.close()
    await database.close()
  })

  test('timers run only while somebody subscribes', async () => {
    let armed = 0
    const environment = {
      ...systemEnvironment,
      timers: {
        after: () => {
          armed += 1
          return () => {
            armed -= 1
          }
        },
      },
    }
    const adapter = sqliteStorage({ filename: folder.path('timers.sqlite'), driver, environment })
    const [first, second] = [await adapter.open('main'), await adapter.open('other')]
    expect(armed).toBe(0)
    const subscription = first.externalCommits$.subscribe()
    second.externalCommits$.subscribe()
    expect(armed).toBe(1)
    subscription.unsubscribe()
    expect(armed).toBe(1)
    await second.close()
    expect(armed).toBe(0)
    await first.close()
  })
})

test('options that make no sense are refused at once', () => {
  for (const filename of ['', ':memory:', 'file:place.sqlite?mode=memory', undefined, null, 3]) {
    expect(() => sqliteStorage({ filename: filename as string })).toThrow(/path of a file/)
  }
  const another = { filename: 'a.sqlite', durability: 'strict' as never }
  expect(() => sqliteStorage(another)).toThrow(/durability is 'full' or 'normal', not 'strict'/)
  expect(() => sqliteStorage({ filename: 'a.sqlite', pollEvery: 0 })).toThrow(/pollEvery/)
  expect(() => sqliteStorage({ filename: 'a.sqlite', busyTimeout: -1 })).toThrow(/busyTimeout/)
})
