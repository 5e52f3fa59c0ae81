import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { emptyLogHead, logHeadEntry, noRecord, recordEntry } from '../../src/oplog/entries.ts'
import { logKey, recordKey, stageKey } from '../../src/oplog/keys.ts'
import { recordIn, recordReads } from '../../src/oplog/records.ts'
import { foldRecords } from '../../src/oplog/staging/fold.ts'
import { createStore } from '../../src/storage/store.ts'
import { schema } from '../support/schema.ts'
import { scope } from '../support/transports.ts'

const address = { scope, collection: 'tasks', recordId: 'r' }
const base = {
  version: 1,
  seq: 1,
  deleted: false,
  data: { id: 'r', title: 'new' },
  updatedAt: 1,
  updatedBy: 'u',
}

test('[SG1] [SG7] a staged row of a generation that is not shown yet is folded by nobody', async () => {
  const storage = memoryStorage()
  const [mine, theirs] = [createStore(await storage.open('u-1')), createStore(await storage.open('u-1'))]
  const put = (...entries: readonly (readonly [key: string, value: string])[]): Promise<void> =>
    theirs.update(async (workspace) => {
      await workspace.read(entries.map(([key]) => ({ get: key })))
      for (const [key, value] of entries) workspace.put(key, value)
    })
  const head = (folding: number | undefined): string => logHeadEntry.encode({ ...emptyLogHead, folding })
  await put([logKey(scope), head(1)])

  let attempts = 0
  const shown = await mine.update(async (workspace) => {
    attempts += 1
    await workspace.read([{ get: logKey(scope) }, ...recordReads([address])])
    // Another tab ends the folding, and stages a row of the next generation.
    if (attempts === 1)
      await put(
        [logKey(scope), head(undefined)],
        [stageKey(address), recordEntry.encode({ ...noRecord, base })],
      )
    await foldRecords(workspace, schema, [address])
    return recordIn(workspace, address).base
  })
  expect({ attempts, shown }).toEqual({ attempts: 2, shown: undefined })
  expect(await theirs.get(stageKey(address))).toBeDefined()
  expect(await theirs.get(recordKey(address))).toBeUndefined()
  await mine.close()
  await theirs.close()
})
