import { createSyncClient, type AnyCollection, type SyncClient, type Transport } from '@holdfast/core'
import { trpcTransport } from '@holdfast/core/trpc'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import { expect, test } from 'vitest'
import {
  manualEnvironment,
  type ManualEnvironment,
} from '../../packages/core/test/support/manual-environment.ts'
import { apps, pluginsOf, type AppVersion } from '../../packages/plugins/test/migrations/app.ts'
import { databaseNames, databases, type DatabaseName } from '../../packages/server/test/support/stores.ts'
import { figure } from '../harness/figure.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { scope, startServer, type TestServer } from '../harness/server.ts'

type AnyClient = SyncClient<Readonly<Record<string, AnyCollection>>>

/** Both servers at each moment of two rolling restarts. */
const rollout: readonly (readonly [AppVersion, AppVersion])[] = [
  ['1.0.0', '1.0.0'],
  ['1.1.0', '1.0.0'],
  ['1.1.0', '1.1.0'],
  ['2.0.0', '1.1.0'],
  ['2.0.0', '2.0.0'],
]

/** Who has which app from the start, and from which moment on a newer one. */
const fleet: Readonly<Record<string, readonly [AppVersion, ...(readonly [number, AppVersion][])]>> = {
  old: ['1.0.0'],
  oldToo: ['1.0.0'],
  updated: ['1.0.0', [2, '1.1.0'], [4, '2.0.0']],
  leapt: ['1.0.0', [3, '2.0.0']],
  middle: ['1.1.0'],
  early: ['2.0.0'],
  earlyToo: ['2.0.0'],
}

/** What the app calls things in each version. */
const words = {
  '1.0.0': { title: 'title', amount: 'minutes', by: 'by', unit: 1 },
  '1.1.0': { title: 'title', amount: 'minutes', by: 'minutes', unit: 1 },
  '2.0.0': { title: 'name', amount: 'seconds', by: 'seconds', unit: 60 },
} as const

interface Device {
  readonly name: string
  version: AppVersion
  client: AnyClient
  readonly environment: ManualEnvironment
}

/** Two servers over one database, and devices with files of their own. */
const openWorld = async (name: DatabaseName) => {
  const folder = temporaryFolder()
  const database = await databases[name]()
  const servers: TestServer[] = []
  let turn = 0

  const startOne = async (version: AppVersion): Promise<TestServer> => {
    const server = await startServer({
      schema: apps[version].schema,
      database: { ...database, ...database.another() },
      plugins: pluginsOf(version),
    })
    for (const user of Object.keys(fleet)) server.tokens.set(user, { id: user })
    return server
  }
  const running: AppVersion[] = []
  /** One server after the other. */
  const run = async (versions: readonly AppVersion[]): Promise<void> => {
    for (const [place, version] of versions.entries()) {
      if (running[place] === version) continue
      await servers[place]?.[Symbol.asyncDispose]()
      servers[place] = await startOne(version)
      running[place] = version
    }
  }

  /** Each request goes to the other server than the one before. */
  const balanced = (user: string, environment: ManualEnvironment): Transport => {
    const next = (): Transport => {
      turn += 1
      const url = `${servers[turn % servers.length]?.url}/trpc`
      const headers = () => ({ authorization: `Bearer ${user}` })
      return trpcTransport({ url, headers, transformer: 'none', environment })
    }
    return {
      push: (...args) => next().push(...args),
      pull: (...args) => next().pull(...args),
      preflight: (...args) => next().preflight(...args),
      snapshot: (...args) => next().snapshot(...args),
      resume: (...args) => next().resume(...args),
    }
  }

  const open = (user: string, version: AppVersion, environment: ManualEnvironment): Promise<AnyClient> =>
    createSyncClient({
      schema: apps[version].schema,
      user,
      storage: sqliteStorage({ filename: folder.path(`${user}.db`), durability: 'normal', environment }),
      transport: balanced(user, environment),
      scopes: [scope],
      autoStart: false,
      environment,
      plugins: pluginsOf(version),
    })

  return {
    run,
    open,
    prisma: database.prisma,
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server[Symbol.asyncDispose]()
      await database.close()
      folder[Symbol.dispose]()
    },
  }
}

const sync = async ({ client, environment }: Device): Promise<string> => {
  environment.advance(60_000)
  client.start()
  const { status } = await client.syncNow()
  client.pause()
  return status
}

test.each(databaseNames)(
  '[MG11] n-1, n and n+1 on both sides over two rolling restarts: nothing lost, nothing wrongly refused, on %s',
  async (name) => {
    await using world = await openWorld(name)
    const made = new Map<string, string[]>()
    const amounts = new Map<string, number>()
    const titles = new Map<string, string>()
    const seen = new Set<string>()

    const note = (device: Device, { operationId }: { readonly operationId: string }): void => {
      made.set(device.name, [...(made.get(device.name) ?? []), operationId])
    }

    /** Each extends its own record, and names that of its neighbour once it has it. */
    const work = async (device: Device, neighbour: Device, moment: number): Promise<void> => {
      const { title, amount, by, unit } = words[device.version]
      const todos = device.client.collections['todos']
      if (todos === undefined) throw new Error('The schema has todos.')
      const own = await todos.get(device.name)
      if (own === undefined)
        note(device, await todos.create({ id: device.name, [title]: 'new', [amount]: unit }))
      const minutes = moment + 1
      note(device, (await todos.run['extend']?.(device.name, { [by]: minutes * unit })) ?? nobody)
      amounts.set(device.name, (amounts.get(device.name) ?? 1) + minutes)
      if ((await todos.get(neighbour.name)) === undefined) return
      note(device, await todos.update(neighbour.name, { [title]: `${moment} by ${device.name}` }))
      titles.set(neighbour.name, `${moment} by ${device.name}`)
    }

    await world.run(rollout[0] ?? [])
    const devices: Device[] = []
    for (const [user, [version]] of Object.entries(fleet)) {
      const environment = manualEnvironment()
      devices.push({ name: user, version, client: await world.open(user, version, environment), environment })
    }
    const update = async (device: Device, version: AppVersion): Promise<void> => {
      await device.client.close()
      device.version = version
      device.client = await world.open(device.name, version, device.environment)
    }

    for (const [moment, versions] of rollout.entries()) {
      await world.run(versions)
      for (const device of devices) {
        const [, ...updates] = fleet[device.name] ?? []
        for (const [at, version] of updates as readonly (readonly [number, AppVersion])[])
          if (at === moment) await update(device, version)
      }
      for (const [index, device] of [...devices, ...devices].entries()) {
        const neighbour = devices[(index + 1) % devices.length] ?? device
        await work(device, neighbour, moment)
        for (let attempt = 0; attempt < 3; attempt += 1)
          seen.add(`an app of ${device.version}, servers of ${versions.join(' and ')}: ${await sync(device)}`)
        expect(await device.client.deadLetters.list()).toEqual([])
      }
    }

    for (const device of devices) if (device.version !== '2.0.0') await update(device, '2.0.0')
    for (let round = 0; round < 3; round += 1)
      for (const device of devices) expect(await sync(device)).toBe('synced')

    const operations = [...made.values()].flat().length
    for (const device of devices) {
      expect(await device.client.deadLetters.list()).toEqual([])
      expect(await device.client.conflicts.list()).toEqual([])
      for (const id of made.get(device.name) ?? [])
        expect(await device.client.operations.get(id)).toMatchObject({ fate: { kind: 'applied', lost: [] } })
      const todos = await device.client.collections['todos']?.find({ orderBy: { id: 'asc' } })
      expect(todos).toEqual(
        devices
          .map(({ name: id }) => ({
            id,
            name: titles.get(id) ?? 'new',
            seconds: (amounts.get(id) ?? 0) * 60,
            urgent: false,
          }))
          .sort((left, right) => (left.id < right.id ? -1 : 1)),
      )
    }
    expect(titles.size).toBeGreaterThan(4)
    for (const device of devices) await device.client.close()
    const count = (status: string): number => [...seen].filter((line) => line.endsWith(status)).length
    for (const status of ['synced', 'waiting', 'blocked']) expect(count(status)).toBeGreaterThan(2)
    figure(
      `${name}: ${operations} operations of 3 app versions over ${rollout.length} states of 2 servers: ${operations} applied, 0 lost, 0 dead letters, 0 conflicts; ` +
        `${seen.size} states of apps and servers met (${count('synced')} synced, ${count('waiting')} waited for a newer server, ${count('blocked')} for a newer app)`,
    )
  },
)

const nobody = { operationId: '' }
