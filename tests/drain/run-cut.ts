import { copyFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { createSeededRandom } from '@holdfast/core/testing'
import { freePort } from '../../tools/free-port.ts'
import { spawnChild, type Child } from '../harness/child.ts'
import { temporaryFolder, type Folder } from '../harness/folder.ts'
import { startProxy, type Fault } from '../harness/proxy.ts'
import { readLog, type DrainLog } from './read-log.ts'

export interface CutResult extends DrainLog {
  /** Operations that are not applied in the end, on the device's own account. */
  readonly left: number
  /** How often the device, the server and the network were cut. */
  readonly cuts: Readonly<Record<CutKind, number>>
}

type CutKind = 'device' | 'server' | 'network'
const kinds: readonly CutKind[] = ['device', 'server', 'network']

const token = 'token of u-1'
const child = (file: string, ...args: readonly string[]): Child =>
  spawnChild(`${import.meta.dirname}/children/${file}`, ...args)

/** How long the network stays away. */
const awayFor = 150

/** Drains one queue twice, each time into a server of its own: undisturbed, and cut so many times. */
export const runCut = async (
  operations: number,
  cuts: number,
  seed: string,
): Promise<{ readonly calm: CutResult; readonly cut: CutResult }> => {
  using folder = temporaryFolder()
  await using filling = child('cut-device.ts', 'fill', folder.path('calm.db'), `${operations}`)
  await filling.ended
  copyFileSync(folder.path('calm.db'), folder.path('cut.db'))
  const calm = await drainOnce(folder, 'calm', { operations, cuts: 0, seed })
  return { calm, cut: await drainOnce(folder, 'cut', { operations, cuts, seed }) }
}

interface Drain {
  readonly operations: number
  readonly cuts: number
  readonly seed: string
}

const drainOnce = async (
  folder: Folder,
  name: string,
  { operations, cuts, seed }: Drain,
): Promise<CutResult> => {
  const random = createSeededRandom(`cut ${seed}`)
  const port = await freePort()
  const startServer = async (): Promise<Child> => {
    const server = child('server-process.ts', folder.path(`${name}-server.db`), `${port}`, token)
    await server.firstLine()
    return server
  }
  let server = await startServer()
  await using proxy = await startProxy(`http://127.0.0.1:${port}`)
  let device = child('cut-device.ts', 'drain', folder.path(`${name}.db`), proxy.url, token)

  const arrived = new Set<string>()
  const done: Record<CutKind, number> = { device: 0, server: 0, network: 0 }
  let count = 0
  let cutting: Promise<void> | undefined
  let awayUntil = 0

  /** Somewhere from when a request comes in to after its answer. */
  const cut = async (kind: CutKind): Promise<void> => {
    await pause(random.between(0, 80))
    if (kind === 'device') {
      await device.kill()
      device = child('cut-device.ts', 'drain', folder.path(`${name}.db`), proxy.url, token)
    }
    if (kind === 'server') {
      await server.kill()
      server = await startServer()
    }
    cutting = undefined
  }

  proxy.decide = ({ procedure, operationIds }): Fault | undefined => {
    if (Date.now() < awayUntil) return { kind: 'cutBefore' }
    if (procedure !== 'push') return undefined
    for (const id of operationIds) arrived.add(id)
    const isDue = count < cuts && arrived.size >= ((count + 1) * operations) / (cuts + 2)
    if (cutting !== undefined || !isDue) return undefined
    const kind = kinds[count % kinds.length] ?? 'network'
    count += 1
    done[kind] += 1
    if (kind === 'network') {
      awayUntil = Date.now() + awayFor
      return { kind: random.chance(0.5) ? 'cutBefore' : 'cutAfter' }
    }
    cutting = cut(kind)
    return undefined
  }

  let last = ''
  while (last === '') {
    const running = device
    await running.ended
    await cutting
    if (running === device) last = device.lines[0] ?? '{"left":-1}'
  }
  await server.kill()
  const { left } = JSON.parse(last) as { readonly left: number }
  return { ...readLog(proxy.requests), left, cuts: done }
}
