import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { afterEach, expect, test, vi } from 'vitest'
import { createSqliteDatabase } from '../../packages/server/test/support/databases.ts'
import { openDevice } from '../kills/app/device.ts'
import { startServer } from '../kills/processes.ts'

afterEach(() => vi.unstubAllEnvs())

test('[HX14] a server whose process has no __proto__ works as any other', async () => {
  vi.stubEnv('NODE_OPTIONS', '--disable-proto=delete')
  const database = await createSqliteDatabase()
  await using server = await startServer({ database: database.url })
  vi.unstubAllEnvs()
  const open = (name: string) => openDevice({ storage: memoryStorage(), url: `${server.url}/sync`, name })
  const [ada, bert] = await Promise.all([open('ada'), open('bert')])
  for (const client of [ada, bert]) client.start()
  await ada.collections.shared.create({ id: 's1', title: 'one', marks: [] })
  await ada.collections.shared.run.mark('s1', { mark: 'two' })
  expect((await ada.syncNow()).status).toBe('synced')
  expect((await bert.syncNow()).status).toBe('synced')
  expect(await bert.collections.shared.get('s1')).toEqual({ id: 's1', title: 'one', marks: ['two'] })
  await Promise.all([ada.close(), bert.close()])
  await database.close()
})
