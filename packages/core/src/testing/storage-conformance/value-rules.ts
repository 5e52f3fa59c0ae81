import { ensure, equal } from './assert.ts'
import { put, valueOf, write, type StorageRule } from './rule.ts'

const plain = [
  '',
  ' ',
  '0',
  '007',
  '1e3',
  '-0',
  'NaN',
  'null',
  'undefined',
  'true',
  '{}',
  "it's",
  '"',
  '\\',
  '%s',
  '?',
  ';--',
]
const unicode = [
  ...[
    'é',
    'e\u0301',
    'ß',
    'İ',
    '漢字',
    '\u202eabc',
    '\ufeffbom',
    '\u2028\u2029',
    '\ud7ff',
    '\ue000',
    '\uffff',
  ],
  ...['🦭', '👩‍👩‍👧‍👦', '\u{10ffff}', 'שלום', '\u007f', '\r\n', '\t', '\u0001\u001f'],
]

export const valueRules: readonly StorageRule[] = [
  {
    id: 'ST15',
    title: 'values come back unchanged: empty, like numbers, quotes, every kind of character, not normalised',
    async check({ open }) {
      const database = await open()
      const values = [...plain, ...unicode, [...plain, ...unicode].join('')]
      await write(database, ...values.map((value, index) => put(`v${index}`, value)))
      for (const [index, value] of values.entries())
        equal(await valueOf(database, `v${index}`), value, `value ${index}`)
      const [entries] = await database.read([{ scan: 'v' }])
      equal(entries.map(({ value }) => value).toSorted(), values.toSorted(), 'scanned values')
    },
  },
  {
    id: 'ST16',
    title: 'values may hold NUL characters',
    async check({ open }) {
      const database = await open()
      const values = ['\u0000', 'a\u0000b', '\u0000\u0000', 'é\u0000🦭\u0000', '\ufeff\u0000']
      await write(database, ...values.map((value, index) => put(`v${index}`, value)))
      const [entries] = await database.read([{ scan: 'v' }])
      equal(
        entries.map(({ value }) => value),
        values,
        'scanned values',
      )
      equal(await valueOf(database, 'v1'), 'a\u0000b', 'value')
      await write(database, put('v1', 'ab'))
      equal(await valueOf(database, 'v1'), 'ab', 'value without NUL in its place')
    },
  },
  {
    id: 'ST17',
    title: 'a value may be 1 MB long and a key 1,024 characters',
    async check({ open }) {
      const database = await open()
      const key = 'k'.repeat(1024)
      const values = ['x'.repeat(1_000_000), '漢🦭'.repeat(200_000)]
      for (const value of values) {
        await write(database, put(key, value))
        const read = await valueOf(database, key)
        ensure(read === value, 'the long value changed')
      }
      const [entries] = await database.read([{ scan: key }])
      equal(entries.length, 1, 'entries under the long key')
    },
  },
]
