import fs, { copyFileSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { hasCode } from '@holdfast/core'
import { fileStorage } from '../src/storage/file-storage.ts'
import { temporaryFolder } from './support/place.ts'
import { logIn, put, valuesIn } from './support/writes.ts'

const codeOf = async (action: Promise<unknown>): Promise<string> => {
  try {
    await action
  } catch (error) {
    for (const code of ['STORAGE_CORRUPT', 'STORAGE_FULL', 'STORAGE_FAILED', 'STORAGE_LOCKED'] as const) {
      if (hasCode(error, code)) return code
    }
    throw error
  }
  return 'none'
}

const commits = ['one', 'two', 'three ü 🦭']

/** A folder with a closed database of three commits, and its bytes. */
const written = async () => {
  const folder = temporaryFolder()
  const adapter = fileStorage({ folder: folder.path })
  const database = await adapter.open('main')
  for (const [index, value] of commits.entries()) await put(database, `k${index}`, value)
  await database.close()
  const log = logIn(folder.path)
  return { folder, adapter, log, bytes: readFileSync(log) }
}

test('a file that was cut off anywhere holds the commits that were whole, and goes on from there', async () => {
  const { folder, adapter, log, bytes } = await written()
  using _ = folder
  const whole = commits.map((value, index) => `k${index}=${value}@${index + 1}`)
  const ends = [...bytes.entries()].flatMap(([index, byte]) => (byte === 10 ? [index + 1] : []))
  const [headerEnd = 0] = ends
  for (let length = headerEnd; length <= bytes.length; length += 1) {
    writeFileSync(log, bytes.subarray(0, length))
    const database = await adapter.open('main')
    const count = ends.filter((end) => end <= length).length - 1
    expect(await valuesIn(database)).toEqual(whole.slice(0, count))
    expect(await put(database, 'next', '')).toBe(count + 1)
    await database.close()
    const again = await adapter.open('main')
    expect((await valuesIn(again)).at(-1)).toBe(`next=@${count + 1}`)
    await again.close()
  }
})

test('a byte that changed in the middle is noticed, and the file is left as it is', async () => {
  const { folder, adapter, log, bytes } = await written()
  using _ = folder
  // Damage to the last line, or to the line break before it, can't be told from a write that was cut off.
  const lastLineBreak = bytes.lastIndexOf(10, bytes.length - 2)
  for (let at = 0; at < lastLineBreak; at += 1) {
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] ?? 0) ^ 1
    writeFileSync(log, damaged)
    expect(await codeOf(adapter.open('main'))).toBe('STORAGE_CORRUPT')
    expect(readFileSync(log).equals(damaged)).toBe(true)
  }
})

test('the file of another database is refused', async () => {
  const { folder, adapter, log } = await written()
  using _ = folder
  const other = await adapter.open('other')
  await other.close()
  const [otherLog = ''] = readdirSync(folder.path)
    .map((file) => join(folder.path, file))
    .filter((file) => file !== log)
  copyFileSync(log, otherLog)
  expect(await codeOf(adapter.open('other'))).toBe('STORAGE_CORRUPT')
})

describe('writing the file anew', () => {
  test('drops what was overwritten, and keeps entries and revisions', async () => {
    using folder = temporaryFolder()
    const adapter = fileStorage({ folder: folder.path, compactAbove: 10_000 })
    const database = await adapter.open('main')
    await put(database, 'kept', 'first')
    for (let round = 0; round < 2_000; round += 1) await put(database, 'hot', `${round}`)
    await database.commit({ expect: [], writes: [{ key: 'hot', value: undefined }] })
    expect(statSync(logIn(folder.path)).size).toBeLessThan(20_000)
    await database.close()
    const again = await adapter.open('main')
    expect(await valuesIn(again)).toEqual(['kept=first@1'])
    expect(await put(again, 'next', '')).toBe(2_003)
    await again.close()
  })

  test('that a crash cut short leaves the old file in force', async () => {
    const { folder, adapter, log } = await written()
    using _ = folder
    writeFileSync(`${log}.new`, 'half a')
    const database = await adapter.open('main')
    expect(await valuesIn(database)).toHaveLength(3)
    await database.close()
    await adapter.destroy('main')
    expect(readdirSync(folder.path)).toEqual([])
  })

  test('that fails is no failure of the commit before it', async () => {
    using folder = temporaryFolder()
    const adapter = fileStorage({ folder: folder.path, compactAbove: 1 })
    const database = await adapter.open('main')
    vi.spyOn(fs, 'renameSync').mockImplementationOnce(() => {
      throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
    })
    for (let round = 0; round < 10; round += 1) await put(database, 'a', `${round}`)
    expect(fs.renameSync).toHaveBeenCalled()
    await database.close()
    const again = await adapter.open('main')
    expect(await valuesIn(again)).toEqual(['a=9@10'])
    await again.close()
  })
})

describe('a disk that fails', () => {
  afterEach(() => void vi.restoreAllMocks())

  const failing = (call: 'writeSync' | 'fsyncSync' | 'ftruncateSync', code: string): void => {
    vi.spyOn(fs, call).mockImplementationOnce(() => {
      throw Object.assign(new Error(`${call} failed`), { code })
    })
  }

  test.each([
    ['writeSync', 'ENOSPC', 'STORAGE_FULL'],
    ['fsyncSync', 'EIO', 'STORAGE_FAILED'],
  ] as const)('%s %s: the commit did not happen, and the next one does', async (call, code, expected) => {
    const { folder, adapter } = await written()
    using _ = folder
    const database = await adapter.open('main')
    failing(call, code)
    expect(await codeOf(put(database, 'lost', ''))).toBe(expected)
    expect(await valuesIn(database)).toHaveLength(3)
    expect(await put(database, 'next', '')).toBe(4)
    await database.close()
    const again = await adapter.open('main')
    expect((await valuesIn(again)).at(-1)).toBe('next=@4')
    await again.close()
  })

  test('a write that can not be undone closes the file for writing until it is opened again', async () => {
    const { folder, adapter } = await written()
    using _ = folder
    const database = await adapter.open('main')
    failing('fsyncSync', 'EIO')
    failing('ftruncateSync', 'EIO')
    expect(await codeOf(put(database, 'lost', ''))).toBe('STORAGE_FAILED')
    expect(await codeOf(put(database, 'next', ''))).toBe('STORAGE_FAILED')
    expect(await valuesIn(database)).toHaveLength(3)
    await database.close()
    const again = await adapter.open('main')
    await put(again, 'next', '')
    await again.close()
  })

  test('a file that can not be made leaves no lock behind', async () => {
    using folder = temporaryFolder()
    const adapter = fileStorage({ folder: folder.path })
    failing('fsyncSync', 'EIO')
    expect(await codeOf(adapter.open('main'))).toBe('STORAGE_FAILED')
    const database = await adapter.open('main')
    await database.close()
    expect(existsSync(logIn(folder.path))).toBe(true)
  })
})
