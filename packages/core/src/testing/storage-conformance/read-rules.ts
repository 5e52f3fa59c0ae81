import { ensure, equal, pause } from './assert.ts'
import { put, remove, write, type StorageRule } from './rule.ts'

export const readRules: readonly StorageRule[] = [
  {
    id: 'ST4',
    title: 'get answers with key, value and revision, or undefined',
    async check({ open }) {
      const database = await open()
      const revision = await write(database, put('key', 'value'))
      const [there, absent] = await database.read([{ get: 'key' }, { get: 'ke' }])
      equal(there, { key: there?.key, value: there?.value, revision: there?.revision }, 'no other properties')
      equal([there?.key, there?.value, there?.revision], ['key', 'value', revision], 'entry')
      equal(absent, undefined, 'absent key')
    },
  },
  {
    id: 'ST5',
    title: 'every request is answered, in the order of the requests',
    async check({ open }) {
      const database = await open()
      await write(database, put('a', '1'), put('b', '2'))
      const answers = await database.read([
        { get: 'b' },
        { scan: 'a' },
        { get: 'a' },
        { get: 'b' },
        { scan: 'c' },
      ])
      equal(answers.length, 5, 'number of answers')
      const [b, as, a, again, none] = answers
      equal(
        [b?.value, as.map(({ value }) => value), a?.value, again?.value, none],
        ['2', ['1'], '1', '2', []],
        'answers',
      )
      equal(await database.read([]), [], 'no requests')
    },
  },
  {
    id: 'ST6',
    title: 'a read begun after a commit resolved sees it',
    async check({ open }) {
      const database = await open()
      for (let round = 0; round < 50; round += 1) {
        await write(database, put('key', `${round}`))
        const [entry, scanned] = await database.read([{ get: 'key' }, { scan: 'k' }])
        equal([entry?.value, scanned[0]?.value], [`${round}`, `${round}`], 'value')
      }
    },
  },
  {
    id: 'ST7',
    title: 'all requests of one read are answered from one snapshot while others commit',
    async check({ open, environment }) {
      const [reader, writer] = [await open(), await open()]
      await write(writer, put('a', '0'), put('b', '0'))
      const progress = { isWriting: true }
      const writing = async (): Promise<void> => {
        try {
          for (let round = 1; round <= 100; round += 1) {
            const last = round % 3 === 0 ? remove('c') : put('c')
            await write(writer, put('a', `${round}`), put('b', `${round}`), last)
          }
        } finally {
          progress.isWriting = false
        }
      }
      const reading = async (): Promise<void> => {
        for (let round = 1; progress.isWriting; round += 1) {
          // Reads that are answered from memory leave files and timers no turn.
          if (round % 50 === 0) await pause(environment, 0)
          const requests = [{ get: 'a' }, { get: 'c' }, { scan: 'a' }, { scan: 'c' }, { get: 'b' }] as const
          const [a, c, as, cs, b] = await reader.read(requests)
          equal([as[0]?.value, b?.value], [a?.value, a?.value], 'values of one snapshot')
          equal(cs[0]?.revision, c?.revision, 'presence in one snapshot')
        }
      }
      await Promise.all([writing(), reading(), reading(), reading()])
    },
  },
  {
    id: 'ST8',
    title: 'what was read or passed in is not bound to what is stored',
    async check({ open }) {
      const database = await open()
      const writes = [put('a', '1'), put('b', '1')]
      const committed = database.commit({ expect: [], writes })
      writes.length = 0
      writes.push(put('c', 'late'))
      await committed
      const [before] = await database.read([{ scan: '' }])
      equal(before.length, 2, 'entries of the batch as it was at the call')
      await write(database, put('a', '2'), remove('b'))
      equal(
        before.map(({ value }) => value),
        ['1', '1'],
        'an earlier answer',
      )
      const [a] = await database.read([{ get: 'a' }])
      ensure(a?.value === '2', 'the new value is not there')
    },
  },
]
