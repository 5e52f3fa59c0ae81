import { expect, test } from 'vitest'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { emptyLogHead, logHeadEntry } from '../../src/oplog/entries.ts'
import { stepIndexes } from '../../src/oplog/index-upkeep.ts'
import { indexesKey, logKey } from '../../src/oplog/keys.ts'
import { openLocalData, schemaWith } from '../support/local-data.ts'

test('[QU07] a step that is made while another tab leaves the scope puts nothing into it', async () => {
  const storage = memoryStorage()
  const [builder, leaver] = [await openLocalData({ storage }), await openLocalData({ storage })]
  let steps = 0
  const hasMore = await builder.store.update(async (workspace) => {
    const more = await stepIndexes(workspace, 's', schemaWith([['votes']]))
    steps += 1
    if (steps === 1) {
      await leaver.store.update(async (other) => {
        await other.read([{ get: logKey('s') }])
        other.put(logKey('s'), logHeadEntry.encode({ ...emptyLogHead, left: true }))
      })
    }
    return more
  })
  expect(steps).toBe(2)
  expect(hasMore).toBe(false)
  expect(await leaver.store.get(indexesKey('s'))).toBeUndefined()
})
