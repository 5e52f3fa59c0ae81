import { writeFileSync } from 'node:fs'
import { createSqliteDatabase } from '../../packages/server/test/support/databases.ts'
import { bundleScript } from '../../tools/chromium/bundle-script.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { startBrowser } from './browser.ts'
import { killDevice, type DeviceKillOptions, type DeviceKills } from './kill-device.ts'
import { startServer } from './processes.ts'

/** A browser whose page writes to IndexedDB and syncs over HTTP is killed and started again on its profile. */
export const killBrowser = async (options: DeviceKillOptions): Promise<DeviceKills> => {
  using folder = temporaryFolder()
  await using stack = new AsyncDisposableStack()
  const script = folder.path('app.js')
  writeFileSync(script, await bundleScript(`${import.meta.dirname}/app/browser-page.ts`))
  const database = stack.adopt(await createSqliteDatabase(), ({ close }) => close())
  const { url } = stack.use(await startServer({ database: database.url, script }))
  return await killDevice(options, database, (ledger, life) =>
    startBrowser(ledger, {
      profile: folder.path('profile'),
      url,
      seed: `${options.seed}/${life}`,
      durability: life % 2 === 0 ? 'strict' : 'relaxed',
      pauseMs: 4,
    }),
  )
}
