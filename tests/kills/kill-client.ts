import { createSqliteDatabase } from '../../packages/server/test/support/databases.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { killDevice, usualMoments, type DeviceKills, type KillOptions } from './kill-device.ts'
import { startDevice, startServer } from './processes.ts'

/** A process that writes to a SQLite file and syncs over HTTP is killed and started again. */
export const killClient = async (options: KillOptions): Promise<DeviceKills> => {
  using folder = temporaryFolder()
  await using stack = new AsyncDisposableStack()
  const database = stack.adopt(await createSqliteDatabase(), ({ close }) => close())
  const server = stack.use(await startServer({ database: database.url }))
  const moments = usualMoments(options.kills)
  return await killDevice({ ...options, moments }, database, (ledger, life) =>
    startDevice(ledger, {
      filename: folder.path('device.db'),
      url: `${server.url}/sync`,
      seed: `${options.seed}/${life}`,
      durability: life % 2 === 0 ? 'full' : 'normal',
      shared: [],
      pauseMs: 4,
      planted: options.planted === true,
    }),
  )
}
