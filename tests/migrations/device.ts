// Opens the database that the arguments name with the app of a version, and says how far it is on its way to it.
import { createSyncClient } from '@holdfast/core'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { localServer, scope } from '../../packages/core/test/support/transports.ts'
import { apps, pluginsOf, type AppVersion } from '../../packages/plugins/test/migrations/app.ts'

const [filename = '', version = ''] = process.argv.slice(2)
const { schema } = apps[version as AppVersion]
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const client = await createSyncClient({
  schema,
  user: 'ann',
  storage: sqliteStorage({ filename, durability: 'normal' }),
  transport: localServer({ schema })('ann'),
  scopes: [scope],
  autoStart: false,
  plugins: pluginsOf(version as AppVersion),
  onMigrating: ({ done }) => say(`at ${done}`),
})
say('open')
await client.close()
