import { setTimeout as pause } from 'node:timers/promises'
import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import type { TestDatabase } from '../../packages/server/test/support/databases.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { openDevice, settle } from './app/device.ts'
import { performStep } from './app/perform.ts'
import { markOf, type Step } from './app/writes.ts'
import { checkEnd, type End } from './checks/end.ts'
import { createLedger, type Ledger } from './checks/ledger.ts'
import { startDevice, startServer } from './processes.ts'
import type { ServerProcessOptions } from './children/server-process.ts'
import { openGate, type Gate } from './gate.ts'
import { usualLongestMs, type KillOptions } from './kill-device.ts'

export interface ServerKills extends End {
  readonly kills: number
  readonly seed: string
  /** Writes whose promise resolved. */
  readonly acknowledged: number
  /** Operations that the server decided, and was killed before it could say so. */
  readonly answersLost: number
  readonly requests: ReturnType<Gate['counts']>
}

export interface ServerKillOptions extends KillOptions {
  readonly database: TestDatabase
  /** Server processes at a time. */
  readonly processes: number
  readonly devices: number
}

const shared = ['s1', 's2', 's3', 's4', 's5', 's6']

interface Founder extends AsyncDisposable {
  readonly settle: () => Promise<void>
}

/** A device of this process, which makes the records that all devices write, and looks on. */
const startFounder = async (url: string, ledger: Ledger): Promise<Founder> => {
  const client = await openDevice({ storage: memoryStorage(), url, name: ledger.device })
  const writes = shared.map(
    (recordId, index) =>
      ({ mark: markOf(ledger.device, index + 1), kind: 'create', collection: 'shared', recordId }) as const,
  )
  const step: Step = { kind: 'together', writes }
  await performStep(client, step, ledger.hear)
  client.start()
  await settle(client, ledger.hear)
  return { settle: () => settle(client, ledger.hear), [Symbol.asyncDispose]: client.close }
}

interface Slot {
  readonly server: ServerProcessOptions
  readonly gate: Gate
  readonly kills: number
  readonly random: SeededRandom
}

/** One server process after the other at this gate, each killed at work; the last one lives. */
const runServers = async ({ server: options, gate, kills, random }: Slot): Promise<AsyncDisposable> => {
  for (let life = 1; ; life += 1) {
    const server = await startServer(options)
    gate.open(server.url)
    if (life > kills) return server
    // Its first answer takes longer than later ones: it would hardly ever give a second one otherwise.
    await gate.first(server.url, life % 2 === 0 ? 'request' : 'answer')
    await pause(random.between(1, usualLongestMs))
    await server.kill()
    gate.shut(server.url)
  }
}

/** Devices write and sync with servers that are killed, one process after the other; at last they may settle. */
export const killServer = async (options: ServerKillOptions): Promise<ServerKills> => {
  const { kills, seed, database, processes } = options
  const random = createSeededRandom(seed)
  using folder = temporaryFolder()
  await using stack = new AsyncDisposableStack()
  const gate = stack.use(await openGate())
  const url = `${gate.url}/sync`

  const founding = await startServer({ database: database.url })
  gate.open(founding.url)
  const founderLedger = createLedger({ device: 'founder', isAlone: false })
  const founder = stack.use(await startFounder(url, founderLedger))
  const ledgers = Array.from({ length: options.devices }, (_, index) =>
    createLedger({ device: `d${index + 1}`, isAlone: false }),
  )
  const devices = ledgers.map((ledger) => {
    const filename = folder.path(`${ledger.device}.db`)
    const settings = { filename, url, seed: `${seed}/${ledger.device}`, shared, pauseMs: 80 }
    return stack.use(startDevice(ledger, { ...settings, durability: 'normal', planted: false }))
  })
  for (const device of devices) await device.told('works')
  await founding.kill()
  gate.shut(founding.url)

  const slots = Array.from({ length: processes }, (_, slot) => ({
    server: { database: database.url, planted: options.planted === true },
    gate,
    kills: Math.floor((kills - 1 + slot) / processes),
    random: random.fork(`${slot}`),
  }))
  const servers = await Promise.all(slots.map(runServers))
  for (const server of servers) stack.use(server)
  // Only when nobody writes any more can one device have what the others wrote.
  for (let round = 0; round < 2; round += 1) await Promise.all(devices.map((device) => device.settle()))
  await founder.settle()
  const all = [founderLedger, ...ledgers]
  const end = await checkEnd(database, all)
  const sumOf = (name: 'acknowledged' | 'answersLost'): number =>
    all.reduce((sum, ledger) => sum + ledger.counts()[name], 0)
  const killed = 1 + slots.reduce((sum, slot) => sum + slot.kills, 0)
  return {
    seed,
    kills: killed,
    acknowledged: sumOf('acknowledged'),
    answersLost: sumOf('answersLost'),
    requests: gate.counts(),
    ...end,
  }
}
