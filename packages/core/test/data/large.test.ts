import { expect, test } from 'vitest'
import { readPlan } from '../../src/data/read-plan.ts'
import type { Answer } from '../../src/data/reading.ts'
import { createSnapshotReader } from '../../src/data/one-snapshot.ts'
import { noRecord, recordEntry } from '../../src/oplog/entries.ts'
import type { ReadRequest } from '../../src/storage/contract.ts'
import type { Store } from '../../src/storage/store.ts'

const count = 150_000
const name = (index: number): string => `r${String(index).padStart(6, '0')}`
const registry = '{"things":{"done":{"fields":["done"],"state":"ready"}}}'
const value = recordEntry.encode({ ...noRecord, overlay: 1, shown: { id: 'r' } })

/** Answers as a store with many records in one index would: a list of all, and each of them. */
const answer = (request: ReadRequest): Answer => {
  if ('get' in request) {
    if (request.get === 'indexes/s') return { key: request.get, value: registry, revision: 1 }
    return request.get.startsWith('rec/') ? { key: request.get, value, revision: 1 } : undefined
  }
  return Array.from({ length: count }, (_, index) => ({
    key: `idx/s/things/done/11 /${name(index)}`,
    value: '',
    revision: 1,
  }))
}

test('[QU05] a query may find more than a call takes arguments', async () => {
  const store = { read: async (requests: readonly ReadRequest[]) => requests.map(answer) }
  const read = createSnapshotReader({
    store: store as unknown as Store,
    collection: 'things',
    scopes: () => ['s'],
    declared: [['done']],
  })
  const { result } = await read(() =>
    readPlan(
      {
        kind: 'index',
        fields: ['done'],
        ranges: [{ prefix: '11 ' }],
        order: undefined,
        isExact: true,
      },
      {
        scope: 's',
        collection: 'things',
        matches: () => true,
        wanted: Number.POSITIVE_INFINITY,
        inOneRound: false,
        staged: undefined,
      },
    ),
  )
  expect(result.rows).toHaveLength(count)
})
