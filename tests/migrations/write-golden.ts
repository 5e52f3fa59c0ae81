// Writes a store of today's code, as golden/<name>.json: `node --conditions holdfast-source tests/migrations/write-golden.ts NAME VERSION`.
// Then `pnpm format`. Files of released code are kept as they are for ever; one is added for each layout and version of the app.
import { writeFileSync } from 'node:fs'
import { createSyncClient, type AnyCollection, type SyncClient, type Transport } from '@holdfast/core'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { manualEnvironment } from '../../packages/core/test/support/manual-environment.ts'
import { localServer, scope } from '../../packages/core/test/support/transports.ts'
import { apps, pluginsOf, type AppVersion } from '../../packages/plugins/test/migrations/app.ts'

const lost = (): never => {
  throw new Error('no network')
}

const [name = '', version = ''] = process.argv.slice(2)
if (!Object.hasOwn(apps, version)) throw new Error('Say a name, and a version of the app.')
const app = version as AppVersion
const { schema } = apps[app]
const by = app === '1.0.0' ? 'by' : 'minutes'

let refused: string | undefined
const server = localServer({
  schema,
  plugins: pluginsOf(app),
  authorize: ({ after }) => refused === undefined || after?.['title'] !== refused,
})
let isCut = false
const cutting = (real: Transport): Transport => ({
  ...real,
  push: (...args) => (isCut ? lost() : real.push(...args)),
})

type AnyClient = SyncClient<Readonly<Record<string, AnyCollection>>>
const storage = memoryStorage()
const open = (user: string): Promise<AnyClient> =>
  createSyncClient({
    schema,
    user,
    storage: user === 'ann' ? storage : memoryStorage(),
    transport: cutting(server(user)),
    scopes: [scope],
    autoStart: false,
    environment: manualEnvironment(),
    plugins: pluginsOf(app),
  })
const sync = async (client: AnyClient): Promise<void> => {
  client.start()
  await client.syncNow()
  client.pause()
}

const [ann, ben] = [await open('ann'), await open('ben')]
const todosOf = ({ collections }: AnyClient) => {
  const { todos } = collections
  if (todos === undefined) throw new Error('The schema has todos.')
  return todos
}
const [hers, his] = [todosOf(ann), todosOf(ben)]
for (let index = 0; index < 120; index += 1)
  await hers.create({ id: `t${String(index).padStart(3, '0')}`, title: `todo ${index}`, minutes: index })
await hers.create({ id: 'asked', title: 'start', minutes: 1 })
await sync(ann)
await sync(ben)
await his.update('asked', { title: 'his' })
await hers.update('asked', { title: 'hers' })
await hers.delete('t119')
await sync(ben)
refused = 'refused'
await hers.create({ id: 'refused', title: 'refused', minutes: 5 })
await sync(ann)
refused = undefined
isCut = true
await hers.run['extend']?.('t001', { [by]: 2 })
await sync(ann)
await hers.update('t002', { title: 'never sent', minutes: 20 })
await hers.create({ id: 'new', title: 'new!', minutes: 3 })
await ann.transaction(async ({ collections }) => {
  await collections['todos']?.update('t003', { minutes: 30 })
  await collections['todos']?.delete('t004')
})
await ann.close()
await ben.close()

const database = await storage.open('ann')
const [entries] = await database.read([{ scan: '' }])
await database.close()
const lines = entries.map(({ key, value }) => `    ${JSON.stringify([key, value])}`)
const text = `{\n  "app": ${JSON.stringify(app)},\n  "entries": [\n${lines.join(',\n')}\n  ]\n}\n`
writeFileSync(new URL(`golden/${name}.json`, import.meta.url), text)
