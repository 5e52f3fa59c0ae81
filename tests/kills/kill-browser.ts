import { writeFileSync } from 'node:fs'
import { createSqliteDatabase } from '../../packages/server/test/support/databases.ts'
import { bundleScript } from '../../tools/chromium/bundle-script.ts'
import { tearLog } from '../../tools/chromium/tear-log.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { startBrowser } from './browser.ts'
import { killDevice, type DeviceKillOptions, type DeviceKills } from './kill-device.ts'
import { startServer } from './processes.ts'

/**
 * A browser whose page writes to IndexedDB and syncs over HTTP is killed and started again on its profile. About one kill in
 * a hundred leaves half a record at the end of LevelDB's log; after each amid a write there is one here, whatever the
 * kill itself left.
 */
export const killBrowser = async (options: DeviceKillOptions): Promise<DeviceKills> => {
  using folder = temporaryFolder()
  await using stack = new AsyncDisposableStack()
  const script = folder.path('app.js')
  writeFileSync(script, await bundleScript(`${import.meta.dirname}/app/browser-page.ts`))
  const database = stack.adopt(await createSqliteDatabase(), ({ close }) => close())
  const { url } = stack.use(await startServer({ database: database.url, script }))
  const profile = folder.path('profile')
  return await killDevice(options, database, (ledger, life) => {
    if (options.moments[life - 2] === 'writing') tearLog(profile)
    return startBrowser(ledger, {
      profile,
      url,
      seed: `${options.seed}/${life}`,
      durability: life % 2 === 0 ? 'strict' : 'relaxed',
      pauseMs: 4,
    })
  })
}
