import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { indexedDbStorage } from '@holdfast/storage-adapters/indexeddb'
import { createRevisionLedger } from '../src/indexeddb/revision-ledger.ts'
import { refusal } from './support/tabs.ts'

describe('indexeddb where there is no browser', () => {
  test('[IX9] making the adapter does nothing, and opening says what is missing', async () => {
    const adapter = indexedDbStorage({ name: 'app' })
    expect(adapter.supports).toEqual({ durable: true, sharedAcrossTabs: true })
    const missing = refusal('STORAGE_FAILED', /IndexedDB is not available/)
    await expect(adapter.open('main')).rejects.toMatchObject(missing)
    await expect(adapter.destroy('main')).rejects.toMatchObject(missing)
  })

  test('options that can not work are refused', () => {
    for (const name of ['', '\ud800']) expect(() => indexedDbStorage({ name })).toThrow(/needs a name/)
    const another = { name: 'app', durability: 'full' as never }
    expect(() => indexedDbStorage(another)).toThrow(/durability is 'strict' or 'relaxed', not 'full'/)
    expect(() => indexedDbStorage({ name: 'app', busyTimeout: 0 })).toThrow(/busyTimeout/)
    expect(() => indexedDbStorage({ name: 'app', pollEvery: Number.NaN })).toThrow(/pollEvery/)
  })
})

describe('the revision ledger', () => {
  test('takes each revision once, in any order, and knows what is missing', () => {
    const ledger = createRevisionLedger(3)
    expect([3, 5, 5, 6].map((revision) => ledger.note(revision))).toEqual([false, true, false, true])
    expect([ledger.lacks(3), ledger.lacks(4), ledger.ahead]).toEqual([false, true, 2])
    expect(ledger.note(4)).toBe(true)
    expect([ledger.lacks(6), ledger.lacks(7), ledger.ahead]).toEqual([false, true, 0])
  })

  test('is told what was found by looking', () => {
    const ledger = createRevisionLedger(0)
    for (const revision of [2, 4, 8]) ledger.note(revision)
    ledger.cover(3)
    expect([ledger.lacks(4), ledger.lacks(5), ledger.ahead]).toEqual([false, true, 1])
    ledger.cover(2)
    expect(ledger.lacks(4)).toBe(false)
  })
})

test('every rule of IndexedDB is quoted by a test, and every quoted rule exists', () => {
  const spec = readFileSync(`${import.meta.dirname}/../../../docs/spec/storage.md`, 'utf8')
  const listed = [...spec.matchAll(/^- \*\*(IX\d+)\*\* /gm)].map(([, id]) => id)
  const tests = globSync('indexeddb-*.test.ts', { cwd: import.meta.dirname }).map((file) =>
    readFileSync(`${import.meta.dirname}/${file}`, 'utf8'),
  )
  const quoted = new Set(tests.flatMap((text) => [...text.matchAll(/\[(IX\d+)\]/g)].map(([, id]) => id)))
  expect(listed).toEqual(listed.map((_, index) => `IX${index + 1}`))
  expect(quoted).toEqual(new Set(listed))
})
