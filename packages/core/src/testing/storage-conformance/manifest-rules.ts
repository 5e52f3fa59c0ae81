import { ensure, equal } from './assert.ts'
import type { StorageRule } from './rule.ts'

export const manifestRules: readonly StorageRule[] = [
  {
    id: 'ST1',
    title: 'the manifest names the adapter and answers each question with yes or no',
    async check({ adapter }) {
      ensure(typeof adapter.name === 'string' && adapter.name !== '', 'the name is missing')
      equal(Object.keys(adapter.supports).toSorted(), ['durable', 'sharedAcrossTabs'], 'supports')
      for (const answer of Object.values(adapter.supports)) equal(typeof answer, 'boolean', 'answer')
    },
  },
  {
    id: 'ST2',
    title: 'the manifest stays the same after use and after a crash',
    async check({ adapter, open, place }) {
      const before = { name: adapter.name, ...adapter.supports }
      const database = await open()
      await database.close()
      equal({ name: adapter.name, ...adapter.supports }, before, 'after use')
      const next = await place.crash()
      equal({ name: next.name, ...next.supports }, before, 'after a crash')
    },
  },
  {
    id: 'ST3',
    title: 'a place whose adapter is shared across tabs can have a neighbour',
    async check({ adapter, place }) {
      equal(place.neighbour !== undefined, adapter.supports.sharedAcrossTabs, 'the place offers a neighbour')
    },
  },
]
