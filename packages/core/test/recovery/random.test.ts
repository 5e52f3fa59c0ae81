import { hasCode, SyncError } from '@holdfast/core'
import type { StorageAdapter } from '@holdfast/core/storage'
import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { expect, test } from 'vitest'
import { systemEnvironment } from '../../src/base/system-environment.ts'
import type { TestClient } from '../support/client.ts'
import { scope } from '../support/transports.ts'
import type { Transport } from '../../src/transport/contract.ts'
import { copyOf, openWorld, type RecoveryWorld } from './world.ts'

interface Device {
  storage: StorageAdapter
  tabs: TestClient[]
  readonly older: StorageAdapter[]
}

interface Run {
  readonly world: RecoveryWorld
  readonly random: SeededRandom
  readonly devices: Device[]
  readonly backups: ReturnType<RecoveryWorld['backUp']>[]
  readonly network: { loses: boolean }
  /** `latest` settles by itself, `tasks` asks. */
  readonly name: 'latest' | 'tasks'
  made: number
}

/** Requests and answers get lost. */
const unreliable = (
  real: Transport,
  random: SeededRandom,
  network: { readonly loses: boolean },
): Transport => {
  const lose = (): void => {
    if (network.loses && random.chance(0.12))
      throw new SyncError('NETWORK_UNREACHABLE', 'The network is away.', {})
  }
  const through =
    <TInput, TOptions, TAnswer>(call: (input: TInput, options: TOptions) => Promise<TAnswer>) =>
    async (input: TInput, options: TOptions): Promise<TAnswer> => {
      lose()
      const answer = await call(input, options)
      lose()
      return answer
    }
  return {
    push: through(real.push),
    pull: through(real.pull),
    preflight: through(real.preflight),
    snapshot: through(real.snapshot),
    resume: through(real.resume),
  }
}

const openTab = async ({ world, random, network }: Run, storage: StorageAdapter): Promise<TestClient> =>
  world.open({
    storage,
    transport: unreliable(world.server('u-1'), random, network),
    batch: { operations: random.between(2, 4) },
    limits: { page: 2 },
  })

const openDevice = async (run: Run, storage: StorageAdapter): Promise<void> => {
  const tabs = [await openTab(run, storage)]
  if (run.random.chance(0.4)) tabs.push(await openTab(run, storage))
  run.devices.push({ storage, tabs, older: [] })
}

/** A record may go while it is looked at: the server does not have it any more. */
const write = (run: Run): Promise<void> =>
  tryWrite(run).catch((error: unknown) => {
    if (!hasCode(error, 'NOT_FOUND')) throw error
  })

const tryWrite = async (run: Run): Promise<void> => {
  const { random, devices } = run
  const { client } = random.pick(random.pick(devices).tabs)
  const { name } = run
  const records = client.collections[name]
  run.made += 1
  const known = await records.find()
  if (known.length < 3 || random.chance(0.5)) {
    await records.create({ id: `r-${run.made}`, title: `${run.made}` })
    return
  }
  const { id } = random.pick(known)
  if (random.chance(0.25)) {
    await client.transaction(async ({ collections }) => {
      await collections[name].update(id, { title: `${run.made}` })
      await collections[name].create({ id: `t-${run.made}`, title: `${run.made}` })
    })
  } else if (random.chance(0.15)) await records.delete(id)
  else if (random.chance(0.3)) await answer(run, client)
  else await records.update(id, { votes: run.made })
}

const answer = async ({ random }: Run, client: TestClient['client']): Promise<void> => {
  const open = (await client.conflicts.list()).find(({ answered }) => !answered)
  if (open === undefined) return
  await client.conflicts
    .resolve(open.id, random.pick(['mine', 'theirs'] as const))
    .catch((error: unknown) => {
      // The server's side is not here yet, or another tab has answered.
      if (!hasCode(error, 'STORAGE_CONFLICT') && !hasCode(error, 'NOT_FOUND')) throw error
    })
}

const syncAll = async (run: Run, tabs: readonly TestClient[]): Promise<void> => {
  for (const { client } of tabs) client.start()
  const over = Promise.all(tabs.map(({ client }) => client.syncNow()))
  if (run.random.chance(0.5)) await write(run)
  await over
}

/** The process ends, be it in the middle of a run. */
const restart = async (run: Run, device: Device, storage: StorageAdapter): Promise<void> => {
  for (const { client } of device.tabs) {
    if (run.random.chance(0.5)) {
      client.start()
      client.syncNow().catch(() => undefined)
    }
    await client.close()
  }
  device.storage = storage
  device.tabs = [await openTab(run, storage)]
  if (run.random.chance(0.4)) device.tabs.push(await openTab(run, storage))
}

const steps: Readonly<Record<string, (run: Run) => Promise<void>>> = {
  write,
  async sync(run) {
    await syncAll(run, run.random.pick(run.devices).tabs)
  },
  async syncTogether(run) {
    await syncAll(
      run,
      run.devices.flatMap(({ tabs }) => tabs),
    )
  },
  async restart(run) {
    const device = run.random.pick(run.devices)
    await restart(run, device, device.storage)
  },
  async keep(run) {
    const device = run.random.pick(run.devices)
    device.older.push(await copyOf(device.storage))
  },
  async copy(run) {
    if (run.devices.length < 4) await openDevice(run, await copyOf(run.random.pick(run.devices).storage))
  },
  async rewind(run) {
    const device = run.random.pick(run.devices)
    const [older] = device.older.splice(0, 1)
    if (older !== undefined) await restart(run, device, older)
  },
  async backUp({ world, backups }) {
    backups.push(world.backUp())
  },
  async restore({ world, backups, random }) {
    if (backups.length > 0) world.restore(random.pick(backups))
  },
}

const weights = {
  write: 40,
  sync: 14,
  syncTogether: 5,
  restart: 5,
  keep: 4,
  copy: 2,
  rewind: 3,
  backUp: 5,
  restore: 3,
}

const answerAll = async (
  run: Run,
  client: TestClient['client'],
  environment: TestClient['environment'],
): Promise<void> => {
  for (let tries = 0; (await client.conflicts.list()).length > 0; tries += 1) {
    if (tries > 40) throw new Error(JSON.stringify([await client.conflicts.list(), client.state]))
    await answer(run, client)
    client.start()
    await client.syncNow()
    environment.advance(120_000)
  }
}

const settle = async (run: Run): Promise<void> => {
  run.network.loses = false
  const tabs = run.devices.flatMap((device) => device.tabs)
  for (let round = 0; round < 16; round += 1) {
    for (const { client, environment } of tabs) {
      if (round < 12) await answerAll(run, client, environment)
      client.start()
      await client.syncNow()
      environment.advance(120_000)
    }
  }
  await Promise.all(tabs.map(({ client }) => client.syncNow()))
}

const runSeed = async (seed: number): Promise<void> => {
  const random = createSeededRandom(`recovery ${seed}`)
  const name = seed % 2 === 0 ? 'latest' : 'tasks'
  let time = 1_750_000_000_000
  const tick = (): number => (time += 1)
  const environment = { ...systemEnvironment, clock: { now: tick, monotonic: tick } }
  await using world = openWorld({ limits: { page: 2, maxPage: 2 }, environment })
  const run: Run = { world, random, devices: [], backups: [], network: { loses: true }, name, made: 0 }
  await openDevice(run, memoryStorage())
  await openDevice(run, memoryStorage())
  for (let step = 0; step < 90; step += 1) await steps[random.weighted(weights)]?.(run)
  await settle(run)

  const server = world.state.scopes.get(scope)
  const rows = [...(server?.records.values() ?? [])].filter(({ deleted }) => !deleted)
  const expected = Object.fromEntries(rows.map(({ id, data }) => [id, data]))
  const applied = [...(server?.operations.values() ?? [])].filter(({ verdict }) =>
    ['applied', 'merged'].includes(verdict.kind),
  )
  for (const [id, row] of server?.records ?? [])
    expect([id, applied.filter(({ recordId }) => recordId === row.id).length]).toEqual([id, row.version])
  for (const { client } of run.devices.flatMap(({ tabs }) => tabs)) {
    expect(client.state.status).toBe('synced')
    const shown = await client.collections[name].find()
    expect(Object.fromEntries(shown.map((record) => [record.id, record]))).toEqual(expected)
    for (const operation of await client.operations.list()) {
      const { id, status, fate } = operation
      const known = server?.operations.get(id)?.verdict.kind
      if (status === 'COMPLETED')
        expect([id, ['applied', 'merged'].includes(known ?? '')]).toEqual([id, true])
      else if (status !== 'SUPERSEDED') {
        // Its record was lost with a device that nobody has any more.
        const why = fate.kind === 'rejected' ? fate.code : fate.kind
        expect([id, status, ['DEPENDENCY', 'aborted'].includes(why)]).toEqual([id, 'REJECTED', true])
      }
    }
  }
}

const seeds = Number(process.env['RECOVERY_SEEDS'] ?? 25)
const first = Number(process.env['RECOVERY_FIRST'] ?? 1)

test.each(Array.from({ length: seeds }, (_, index) => first + index))(
  '[RC03] [RC09] copies, rewound devices, restored servers, lost answers and tabs in any order: seed %i',
  runSeed,
)
