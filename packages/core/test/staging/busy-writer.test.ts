import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { StorageAdapter } from '@holdfast/core/storage'
import { openClient, sync } from '../support/client.ts'
import { logHeadEntry } from '../../src/oplog/entries.ts'
import { cursorKey, logKey } from '../../src/oplog/keys.ts'
import { createStore } from '../../src/storage/store.ts'
import { localServer, scope } from '../support/transports.ts'
import { untilStatus } from '../support/until.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-busy-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const places: Readonly<Record<string, () => StorageAdapter>> = {
  memory: () => memoryStorage(),
  SQLite: () => sqliteStorage({ filename: join(folder, 'busy.db'), durability: 'normal' }),
}

test.each(Object.keys(places))(
  '[SG13] %s: a tab that writes without a pause starves neither the flip nor the folding of another tab',
  async (place) => {
    const server = localServer({ limits: { page: 40, maxPage: 40 } })
    await using other = await openClient({ user: 'u-2', transport: server('u-2') })
    const records = 400
    for (let index = 0; index < records; index += 1)
      await other.client.collections.tasks.create({ id: `r-${index}`, title: 'theirs' })
    await sync(other)

    const storage = places[place]?.() ?? memoryStorage()
    const limits = { page: 40, maxOps: 20_000 }
    await using writer = await openClient({ storage, limits })
    await using device = await openClient({ storage, limits, transport: server('u-1') })
    const store = createStore(await storage.open('u-1'))
    const isFolded = async (): Promise<boolean> => {
      const [cursor, log] = await store.read([{ get: cursorKey(scope) }, { get: logKey(scope) }])
      return cursor !== undefined && logHeadEntry.decode(log?.value ?? '{}').folding === undefined
    }
    const write = async (): Promise<number> => {
      const { tasks } = writer.client.collections
      for (let writes = 0; ; writes += 1) {
        // New records, and after the flip those whose rows are still staged.
        const id = `r-${writes % records}`
        if (writes % 2 === 0 || (await tasks.get(id)) === undefined) await tasks.create({ title: 'mine' })
        else await tasks.update(id, { text: `${writes}` })
        if (writes % 20 === 0 && (await isFolded())) return writes
        if (place === 'SQLite') await new Promise((resolve) => setImmediate(resolve))
      }
    }
    device.client.start()
    const writes = await write()
    await store.close()
    await untilStatus(device.client, 'synced')
    expect(writes).toBeGreaterThan(10)
    expect(await device.client.collections.tasks.get('r-399')).toMatchObject({ title: 'theirs' })
  },
)
