import type { Database, ScanRequest } from '../../storage/contract.ts'
import { ensure, equal } from './assert.ts'
import { put, write, type RuleContext, type StorageRule } from './rule.ts'
import { adversarialKeys, bytewise, modelScan } from './scan-model.ts'

const filled = async ({ open }: RuleContext): Promise<Database> => {
  const database = await open()
  await write(database, ...adversarialKeys.map((key) => put(key, `value of ${key}`)))
  return database
}

const checkScans = async (database: Database, requests: readonly ScanRequest[]): Promise<void> => {
  const answers = await database.read(requests)
  for (const [index, request] of requests.entries()) {
    const keys = answers[index]?.map(({ key }) => key)
    equal(keys, modelScan(adversarialKeys, request), `the keys of ${JSON.stringify(request)}`)
  }
}

const prefixes = ['', 'a', 'a/', 'A', '~', ' ', '%', '_', 'a~', 'nothing']

export const scanRules: readonly StorageRule[] = [
  {
    id: 'ST9',
    title: 'an empty prefix scans every entry, in bytewise order',
    async check(context) {
      const database = await filled(context)
      const [entries] = await database.read([{ scan: '' }])
      equal(
        entries.map(({ key }) => key),
        adversarialKeys.toSorted(bytewise),
        'keys',
      )
      for (const { key, value } of entries) equal(value, `value of ${key}`, key)
    },
  },
  {
    id: 'ST10',
    title: 'a prefix is literal text, never a pattern, and keeps case',
    async check(context) {
      const database = await filled(context)
      const longer = adversarialKeys.map((key) => `${key}x`)
      await checkScans(
        database,
        [...adversarialKeys, ...longer].map((scan) => ({ scan })),
      )
    },
  },
  {
    id: 'ST11',
    title:
      'after excludes itself, in the direction of the scan, also where it is absent or outside of the prefix',
    async check(context) {
      const database = await filled(context)
      const starts = [...adversarialKeys, 'a/11', 'a/0', 'zz', '~~~', '!!']
      for (const reverse of [false, true]) {
        for (const scan of prefixes)
          await checkScans(
            database,
            starts.map((after) => ({ scan, after, reverse })),
          )
      }
    },
  },
  {
    id: 'ST12',
    title: 'limit answers with at most so many entries, the first ones in the direction of the scan',
    async check(context) {
      const database = await filled(context)
      const limits = [0, 1, 2, 7, adversarialKeys.length, 1_000_000]
      for (const reverse of [false, true]) {
        for (const scan of prefixes)
          await checkScans(
            database,
            limits.map((limit) => ({ scan, limit, reverse })),
          )
      }
    },
  },
  {
    id: 'ST13',
    title: 'after, limit and reverse can be combined',
    async check(context) {
      const database = await filled(context)
      for (const scan of prefixes) {
        for (const after of [undefined, ' ', 'a', 'a/1', 'a0', 'ab', 'b', '~', 'A', 'a/11']) {
          const requests = [undefined, 0, 1, 3].flatMap((limit) =>
            [undefined, false, true].map((reverse) => ({ scan, after, limit, reverse })),
          )
          await checkScans(database, requests)
        }
      }
    },
  },
  {
    id: 'ST14',
    title: 'pages visit each key once, in both directions, while nothing is committed',
    async check({ open }) {
      const database = await open()
      const keys = Array.from({ length: 2500 }, (_, index) => `p/${(index * 7919) % 2500}`)
      await write(database, ...keys.map((key) => put(key)), put('o'), put('p'), put('p0'), put('q'))
      for (const reverse of [false, true]) {
        const seen: string[] = []
        for (let after: string | undefined; ; after = seen.at(-1)) {
          const [page] = await database.read([{ scan: 'p/', after, limit: 100, reverse }])
          if (page.length === 0) break
          ensure(page.length === 100, 'a page in the middle is not full')
          seen.push(...page.map(({ key }) => key))
          ensure(seen.length <= keys.length, 'more entries than keys')
        }
        equal(seen, modelScan(keys, { scan: 'p/', reverse }), 'keys of all pages')
      }
    },
  },
]
