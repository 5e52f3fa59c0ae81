import { setTimeout as pause } from 'node:timers/promises'
import { createSeededRandom } from '@holdfast/core/testing'
import { memoryStorage } from '@holdfast/storage-adapters/memory'
import { sqliteStorage } from '@holdfast/storage-adapters/sqlite'
import type { TestDatabase } from '../../packages/server/test/support/databases.ts'
import { temporaryFolder } from '../harness/folder.ts'
import { openGate } from '../kills/gate.ts'
import { holdForeignTransaction } from '../processes/foreign-transaction.ts'
import { createHeard } from './app/ask.ts'
import { openDevice, type Device } from './app/device.ts'
import { founder } from './app/schema.ts'
import { checkFates, checkHeard, type DeviceEnd } from './checks/fates.ts'
import { checkOrder, checkRecords, checkShown } from './checks/records.ts'
import { readStored } from './checks/stored.ts'
import type { Planted } from './children/server-process.ts'
import { breakConnections, type Broken } from './database/break-connections.ts'
import { readTables } from './database/reader.ts'
import { trapCommits } from './database/trap.ts'
import { runServers } from './servers.ts'

export interface ManyServersOptions {
  /** On a server that is nobody else's: its settings are changed. */
  readonly database: TestDatabase
  /** Where the server processes reach it. Default: directly. */
  readonly through?: string | undefined
  readonly processes: number
  readonly devices: number
  /** Of all devices together, answers to questions not counted. */
  readonly operations: number
  /** How long a server process lives, in milliseconds: the shortest and the longest. */
  readonly livesMs: readonly [number, number]
  /** Each so-many-th commit is met by the end of its connection. */
  readonly brokenEvery: number
  readonly foreignSeconds: number
  readonly seed: string
  readonly planted?: Planted | undefined
}

export type When = 'beside' | 'without'

export interface Pushes {
  readonly answered: number
  readonly perSecond: number
  /** The longest that an answer took. */
  readonly slowestMs: number
}

export interface ManyServers {
  readonly operations: number
  /** By the verdict that is stored. */
  readonly verdicts: Readonly<Record<string, number>>
  readonly kills: number
  readonly broken: Broken
  readonly requests: { readonly answered: number; readonly cut: number; readonly refused: number }
  readonly failed: Readonly<Record<string, number>>
  readonly copies: number
  /** Verdicts that were told again, and were the same. */
  readonly again: number
  readonly looks: number
  /** Pushes beside the foreign transaction, and without it. */
  readonly pushes: Readonly<Record<When, Pushes>>
  /** What all counters come to. */
  readonly counted: number
  readonly seconds: number
  readonly violations: readonly string[]
}

/** So many rounds of answers at most; the later ones find nothing to ask any more. */
const mostRounds = 20

/** @returns what was asked to the last, and could not be answered */
const settleAll = async (devices: readonly Device[]): Promise<readonly string[]> => {
  let refused: readonly string[] = []
  for (let round = 0; round < mostRounds; round += 1) {
    const answers = await Promise.all(devices.map((device) => device.settle()))
    refused = answers.flatMap((one) => one.refused)
    if (answers.every(({ asked }) => asked === 0)) break
  }
  // What others answered last is here too then.
  await Promise.all(devices.map((device) => device.settle()))
  return refused
}

const countBy = (names: Iterable<string>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

const pushesOf = (waits: readonly number[], ms: number): Pushes => ({
  answered: waits.length,
  perSecond: (waits.length * 1_000) / ms,
  slowestMs: Math.max(0, ...waits),
})

const sumOf = (numbers: Iterable<number>): number => [...numbers].reduce((sum, one) => sum + one, 0)

/** Devices write to servers that are killed, over connections to PostgreSQL that break at the commit. */
export const runManyServers = async (options: ManyServersOptions): Promise<ManyServers> => {
  const { database, seed, planted } = options
  const random = createSeededRandom(`many servers ${seed}`)
  const start = performance.now()
  using folder = temporaryFolder()
  await using stack = new AsyncDisposableStack()
  const gate = stack.use(await openGate())
  const url = `${gate.url}/sync`
  const servers = stack.use(
    await runServers({
      server: { database: options.through ?? database.url, planted },
      gate,
      processes: options.processes,
      livesMs: options.livesMs,
      random: random.fork('kills'),
    }),
  )
  const reader = stack.use(await readTables(database.url))
  const heard = createHeard()
  const notes = new Map<string, string[]>()
  const made = (scope: string): string[] => {
    const ids = notes.get(scope) ?? []
    notes.set(scope, ids)
    return ids
  }
  const open = async (name: string, index: number): Promise<Device> => {
    const storage =
      index % 4 === 1
        ? sqliteStorage({ filename: folder.path(`${name}.db`), durability: 'normal' })
        : memoryStorage()
    return stack.use(await openDevice({ name, url, storage, made, heard, random: random.fork(name) }))
  }

  const first = await open(founder, 0)
  await first.found()
  await first.settle()
  const others = await Promise.all(
    Array.from({ length: options.devices }, (_, index) => open(`device-${index + 1}`, index)),
  )
  const trap = stack.use(await trapCommits(database.url))
  await trap.set(options.brokenEvery)
  const breaking = stack.use(await breakConnections(database.url, random.fork('connections')))

  const waits: Record<When, number[]> = { beside: [], without: [] }
  let when: When = 'without'
  heard.onPush = (ms) => void waits[when].push(ms)
  const holdForeign = async (): Promise<void> => {
    await using _ = await holdForeignTransaction(`${database.url}?application_name=foreign`)
    when = 'beside'
    await pause(options.foreignSeconds * 1_000)
    when = 'without'
  }
  const share = Math.ceil(options.operations / options.devices)
  const begun = performance.now()
  const working = await Promise.allSettled([holdForeign(), ...others.map((device) => device.work(share))])
  for (const work of working) if (work.status === 'rejected') throw work.reason

  const workedMs = performance.now() - begun
  const besideMs = options.foreignSeconds * 1_000
  const pushes = {
    beside: pushesOf(waits.beside, besideMs),
    without: pushesOf(waits.without, Math.max(workedMs - besideMs, 1)),
  }
  heard.onPush = () => undefined

  const kills = await servers.spare()
  await trap.set(0)
  const broken = await breaking.stop()
  const devices = [first, ...others]
  await Promise.all(heard.late)
  const unanswered = await settleAll(devices)
  for (const device of devices) await device.tryForeign()

  const ends = await Promise.all(
    devices.map(async ({ name, receipts, operations, shown }): Promise<DeviceEnd> => ({
      ...{ name, receipts },
      operations: await operations(),
      shown: await shown(),
    })),
  )
  const { looks, violations } = await reader.stop()
  const stored = await readStored(database.prisma)
  return {
    operations: sumOf(ends.map(({ operations }) => operations.length)),
    verdicts: countBy([...stored.operations.values()].map(({ kind }) => kind)),
    kills,
    broken,
    requests: gate.counts(),
    ...{ failed: heard.failed, copies: heard.copies, again: heard.again, looks, pushes },
    counted: sumOf([...stored.records.values()].map(({ data }) => Number(data['count'] ?? 0))),
    seconds: (performance.now() - start) / 1_000,
    violations: [
      ...heard.violations,
      ...unanswered,
      ...violations,
      ...checkFates(ends, stored),
      ...checkHeard(heard, stored),
      ...checkRecords(ends, stored),
      ...checkOrder(ends, stored),
      ...checkShown(ends, stored),
    ],
  }
}
