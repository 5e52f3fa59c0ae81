import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { storageConformance, storageRules } from '@holdfast/core/testing'
import { drivers, memoryPlace, sqlitePlace } from './support/places.ts'

const places = [
  { name: 'memory', adapter: memoryPlace },
  ...drivers.map((driver) => ({ name: `sqlite on ${driver.name}`, adapter: sqlitePlace(driver) })),
]

for (const { name, adapter } of places) {
  describe(`storage in ${name}`, () => {
    storageConformance({ test, adapter })
  })
}

test('every adapter is held to the same rules', () => {
  const cases = places.map(({ adapter }) => {
    const names: string[] = []
    storageConformance({ test: (name) => names.push(name), adapter })
    return names
  })
  expect(cases).toHaveLength(3)
  for (const names of cases) expect(names).toEqual(storageRules.map(({ id, title }) => `[${id}] ${title}`))
})

test('rules are numbered without gaps', () => {
  expect(storageRules.map(({ id }) => id)).toEqual(storageRules.map((_, index) => `ST${index + 1}`))
})

test('the specification lists every rule', () => {
  const text = readFileSync(new URL('../../../docs/spec/storage.md', import.meta.url), 'utf8')
  const listed = [...text.matchAll(/^- \*\*(ST\d+)\*\* (.+)$/gm)].map(([, id, title]) => ({ id, title }))
  expect(listed).toEqual(storageRules.map(({ id, title }) => ({ id, title })))
})
