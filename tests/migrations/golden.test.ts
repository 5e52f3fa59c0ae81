import { readFileSync, readdirSync } from 'node:fs'
import { createSyncClient, hasCode, type AnyCollection, type SyncClient } from '@holdfast/core'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { expect, test } from 'vitest'
import { manualEnvironment } from '../../packages/core/test/support/manual-environment.ts'
import { localServer, scope } from '../../packages/core/test/support/transports.ts'
import { apps, pluginsOf, type AppVersion } from '../../packages/plugins/test/migrations/app.ts'
import { temporaryFolder } from '../harness/folder.ts'

interface Golden {
  readonly app: AppVersion
  readonly entries: readonly (readonly [string, string])[]
}

const root = new URL('golden/', import.meta.url)
const golden = readdirSync(root).map((file): readonly [string, Golden] => [
  file.replace('.json', ''),
  JSON.parse(readFileSync(new URL(file, root), 'utf8')) as Golden,
])

const versions = Object.keys(apps) as AppVersion[]
const combinations = golden.flatMap(([name, store]) =>
  versions.map((version) => ({
    name,
    store,
    version,
    isOlder: versions.indexOf(version) < versions.indexOf(store.app),
  })),
)

/** The store in a file of its own. */
const restore = async (filename: string, { entries }: Golden): Promise<void> => {
  const database = await sqliteStorage({ filename }).open('ann')
  await database.commit({ expect: [], writes: entries.map(([key, value]) => ({ key, value })) })
  await database.close()
}

type AnyClient = SyncClient<Readonly<Record<string, AnyCollection>>>

const openers = (filename: string, version: AppVersion) => {
  const { schema } = apps[version]
  const server = localServer({ schema, plugins: pluginsOf(version) })
  return (): Promise<AnyClient> =>
    createSyncClient({
      schema,
      user: 'ann',
      storage: sqliteStorage({ filename }),
      transport: server('ann'),
      scopes: [scope],
      autoStart: false,
      environment: manualEnvironment(),
      plugins: pluginsOf(version),
    })
}

/** What the app calls things in each version. */
const inWords = (
  version: AppVersion,
  { title, minutes, id }: { id: string; title: string; minutes: number },
) => {
  if (version === '1.0.0') return { id, title, minutes }
  if (version === '1.1.0') return { id, title, minutes }
  return { id, name: title, seconds: minutes * 60 }
}

const wanted = (version: AppVersion): readonly object[] =>
  [
    ...Array.from({ length: 119 }, (_, index) => ({
      id: `t${String(index).padStart(3, '0')}`,
      title: index === 2 ? 'never sent' : `todo ${index}`,
      minutes: index === 1 ? 3 : index === 2 ? 20 : index === 3 ? 30 : index,
    })).filter(({ id }) => id !== 't004'),
    { id: 'asked', title: 'hers', minutes: 1 },
    { id: 'new', title: 'new!', minutes: 3 },
  ]
    .sort((left, right) => (left.id < right.id ? -1 : 1))
    .map((todo) => inWords(version, todo))

test.each(combinations.filter(({ isOlder }) => !isOlder))(
  '[MG12] the golden store $name opens in the app of $version: all that it shows, its queue, its question, its dead letter',
  async ({ store, version }) => {
    using folder = temporaryFolder()
    const filename = folder.path('ann.db')
    await restore(filename, store)
    const open = openers(filename, version)
    const client = await open()
    const todos = await client.collections['todos']?.find({ orderBy: { id: 'asc' } })
    expect(todos).toMatchObject(wanted(version))
    expect(todos).toHaveLength(wanted(version).length)
    expect(await client.operations.list({ status: 'SENT' })).toMatchObject([
      {
        recordId: 't001',
        opVersion: version,
        ...(version === store.app ? {} : { sentAs: { type: 'extend', opVersion: store.app } }),
      },
    ])
    const pending = await client.operations.list({ status: 'PENDING' })
    expect(pending.map(({ recordId, opVersion }) => [recordId, opVersion])).toEqual(
      ['t002', 'new', 't003', 't004'].map((id) => [id, version]),
    )
    const title = version === '2.0.0' ? 'name' : 'title'
    expect(await client.conflicts.list()).toMatchObject([
      { recordId: 'asked', fields: [title], mine: { [title]: 'hers' }, theirs: { [title]: 'his' } },
    ])
    expect(await client.deadLetters.list()).toMatchObject([{ recordId: 'refused', opVersion: version }])
    // The server that it knew is gone: all that it had is sent again, whatever version wrote it.
    client.start()
    expect(await client.syncNow()).toMatchObject({ status: 'synced', deadLetters: 1, conflicts: 1 })
    expect(await client.collections['todos']?.find({ orderBy: { id: 'asc' } })).toMatchObject(wanted(version))
    await client.close()

    const again = await open()
    expect(await again.operations.list({ status: 'SENT' })).toEqual([])
    await again.close()
  },
)

test.each(combinations.filter(({ isOlder }) => isOlder))(
  '[MG3] the golden store $name is refused by the app of $version, and stays as it is, byte for byte',
  async ({ store, version }) => {
    using folder = temporaryFolder()
    const filename = folder.path('ann.db')
    await restore(filename, store)
    const before = readFileSync(filename)
    const refused: unknown = await openers(filename, version)().catch((error: unknown) => error)
    expect(hasCode(refused, 'UPGRADE_REQUIRED') && refused.details.side).toBe('client')
    expect(readFileSync(filename).equals(before)).toBe(true)
    const client = await openers(filename, store.app)()
    expect(await client.collections['todos']?.find({ orderBy: { id: 'asc' } })).toMatchObject(
      wanted(store.app),
    )
    await client.close()
  },
)
