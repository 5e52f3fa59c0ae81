import { describe, expect, test } from 'vitest'
import { storageConformance, storageRules } from '@holdfast/core/testing'
import { shimPlaces } from './support/shim-places.ts'

for (const [name, adapter] of Object.entries(shimPlaces)) {
  describe(`storage in sqlite over ${name}`, () => {
    storageConformance({ test, adapter })
  })
}

test('drivers over shims are held to the same rules as every other adapter', () => {
  for (const adapter of Object.values(shimPlaces)) {
    const names: string[] = []
    storageConformance({ test: (name) => names.push(name), adapter })
    expect(names).toEqual(storageRules.map(({ id, title }) => `[${id}] ${title}`))
  }
})
