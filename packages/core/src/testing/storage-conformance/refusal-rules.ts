import type { CommitBatch, ReadRequest } from '../../storage/contract.ts'
import { equal, rejects } from './assert.ts'
import { allKeys, put, remove, type RuleContext, type StorageRule } from './rule.ts'

const wrongKeys = ['', 'k'.repeat(1025), 'é', 'a\u0000', '\n', 'a\n', 'a\u007f', 'a\u001f', '🦭', '\ud800']

const refusesReads = async ({ open }: RuleContext, requests: readonly unknown[]): Promise<void> => {
  const database = await open()
  for (const request of requests) {
    const read = (): Promise<unknown> => database.read([{ get: 'fine' }, request as ReadRequest])
    await rejects(read, 'INVALID', JSON.stringify(request))
  }
}

const refusesCommits = async ({ open }: RuleContext, batches: readonly unknown[]): Promise<void> => {
  const database = await open()
  for (const batch of batches) {
    await rejects(() => database.commit(batch as CommitBatch), 'INVALID', JSON.stringify(batch))
    equal(await allKeys(database), [], 'keys after a refused commit')
  }
}

export const refusalRules: readonly StorageRule[] = [
  {
    id: 'ST28',
    title: 'keys that are not 1 to 1,024 printable ASCII characters are refused INVALID in reads',
    check: (context) =>
      refusesReads(context, [
        ...wrongKeys.flatMap((key) => [{ get: key }, { scan: 'a', after: key }]),
        ...wrongKeys.slice(1).map((scan) => ({ scan })),
      ]),
  },
  {
    id: 'ST29',
    title: 'keys that are not 1 to 1,024 printable ASCII characters are refused INVALID in commits',
    check: (context) =>
      refusesCommits(
        context,
        wrongKeys.flatMap((key) => [
          { expect: [], writes: [put('fine'), put(key)] },
          { expect: [], writes: [put('fine'), remove(key)] },
          { expect: [{ key, revision: 0 }], writes: [put('fine')] },
        ]),
      ),
  },
  {
    id: 'ST30',
    title: 'two writes of one key in one commit are refused INVALID',
    check: (context) =>
      refusesCommits(context, [
        { expect: [], writes: [put('a', '1'), put('b', '1'), put('a', '2')] },
        { expect: [], writes: [put('a', '1'), remove('a')] },
        { expect: [], writes: [remove('a'), put('b'), remove('a')] },
      ]),
  },
  {
    id: 'ST31',
    title: 'values that are no well-formed strings are refused INVALID',
    check: (context) =>
      refusesCommits(
        context,
        ['\ud800', 'a\udc00b', '\udc00\ud800', null, 1, true, {}, []].map((value) => ({
          expect: [],
          writes: [put('fine'), { key: 'a', value }],
        })),
      ),
  },
  {
    id: 'ST32',
    title: 'limits and expected revisions that are no whole numbers from 0 up are refused INVALID',
    async check(context) {
      const wrong = [-1, 0.5, Number.NaN, Infinity, '1', null]
      await refusesReads(
        context,
        wrong.map((limit) => ({ scan: 'a', limit })),
      )
      const batches = wrong.map((revision) => ({ expect: [{ key: 'a', revision }], writes: [put('fine')] }))
      await refusesCommits(context, batches)
    },
  },
]
