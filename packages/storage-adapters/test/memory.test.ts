import { expect, test } from 'vitest'
import { memoryStorage } from '@holdfast/storage-adapters/memory'

test('a handle opened after another was abandoned finds what was committed', async () => {
  const disk = memoryStorage()
  const abandoned = await disk.open('main')
  const { revision } = await abandoned.commit({ expect: [], writes: [{ key: 'a', value: '1' }] })
  const next = await disk.open('main')
  expect(await next.read([{ get: 'a' }])).toEqual([{ key: 'a', value: '1', revision }])
})

test('adapter objects share nothing', async () => {
  const [left, right] = [await memoryStorage().open('main'), await memoryStorage().open('main')]
  await left.commit({ expect: [], writes: [{ key: 'a', value: '1' }] })
  expect(await right.read([{ get: 'a' }])).toEqual([undefined])
})

test('destroy closes the handles that are left', async () => {
  const disk = memoryStorage()
  const left = await disk.open('main')
  await disk.destroy('main')
  await expect(left.read([])).rejects.toMatchObject({ code: 'CLOSED' })
})

test('entries can not be changed from outside', async () => {
  const database = await memoryStorage().open('main')
  await database.commit({ expect: [], writes: [{ key: 'a', value: '1' }] })
  const [entry] = await database.read([{ get: 'a' }])
  expect(() => Object.assign(entry ?? {}, { value: '2' })).toThrow(TypeError)
})

/** Deterministic, and in no order that a sorted structure would like. */
const shuffled = (length: number): string[] =>
  Array.from({ length }, (_, index) => `k/${String((index * 7919) % length).padStart(6, '0')}`)

test('100,000 keys in any order are kept sorted through insertions and removals', async () => {
  const database = await memoryStorage().open('main')
  const keys = shuffled(100_000)
  for (let start = 0; start < keys.length; start += 1000) {
    const writes = keys.slice(start, start + 1000).map((key) => ({ key, value: '' }))
    await database.commit({ expect: [], writes })
  }
  const even = keys.filter((key) => Number(key.at(-1)) % 2 === 0)
  await database.commit({ expect: [], writes: even.map((key) => ({ key, value: undefined })) })
  const [entries, page] = await database.read([
    { scan: 'k/' },
    { scan: 'k/', after: 'k/050000', limit: 2, reverse: true },
  ])
  expect(entries.map(({ key }) => key)).toEqual(keys.filter((key) => Number(key.at(-1)) % 2 === 1).toSorted())
  expect(page.map(({ key }) => key)).toEqual(['k/049999', 'k/049997'])
})
