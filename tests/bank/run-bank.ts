import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import { temporaryFolder } from '../harness/folder.ts'
import { startBank, type Asked } from './bank-server.ts'
import type { Report, Step } from './device.ts'
import { opening } from './schema.ts'
import { startTeller } from './teller.ts'

export interface BankOptions {
  readonly accounts: number
  /** How often the device's process is killed on the way. */
  readonly kills: number
  readonly seed: number
}

export interface BankResult {
  /** Where the process was when it was killed. */
  readonly kills: Readonly<Record<Step, number>>
  readonly transfers: number
  /** Requests for pages, all starts together. */
  readonly pages: number
  /** Pages that were asked for again although an earlier start had gone on from them. */
  readonly repeated: readonly Asked[]
  /** What the onlooker saw: number of accounts and their total, each different pair once. */
  readonly seen: readonly string[]
  /** It saw everything, and later nothing. */
  readonly wentBack: boolean
  /** The device's accounts are the server's. */
  readonly isEqual: boolean
  /** Bytes held after a garbage collection: before the sync, and the most during it. */
  readonly heapBefore: number
  readonly heapMost: number
  /** The most that a process of the device took from the machine, in bytes. */
  readonly rss: number
}

type Line = (Report | { readonly kind: 'digest'; readonly digest: string }) & {
  readonly heap: number
  readonly rss: number
}

const deviceProcess = `${import.meta.dirname}/children/device-process.ts`

interface Child {
  /** Ends with the process. */
  readonly lines: AsyncIterable<string>
  readonly kill: () => void
}

const startChild = (...args: readonly string[]): Child => {
  const flags = ['--conditions=holdfast-source', '--no-warnings', '--expose-gc']
  const child = spawn(process.execPath, [...flags, deviceProcess, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { lines: createInterface({ input: child.stdout }), kill: () => void child.kill('SIGKILL') }
}

type KillPlan =
  /** After so many steps of a kind, and milliseconds later, from outside. */
  | { readonly by: 'us'; readonly step: Step; readonly count: number; readonly delay: number }
  /** Right before or after its flip, which is too short to be hit from outside. */
  | { readonly by: 'itself'; readonly when: 'before' | 'after' }

/** Most while pages come, one on each side of the flip, the rest while they are folded. */
const planKill = (random: SeededRandom, { accounts, kills }: BankOptions, kill: number): KillPlan => {
  const pages = accounts / 500
  const staging = Math.round(kills * 0.6)
  const folding = Math.max(1, kills - staging - 2)
  const upTo = (most: number): number => random.between(1, Math.max(1, Math.floor(most)))
  const delay = random.next() * 20
  if (kill < staging) return { by: 'us', step: 'stage', count: upTo((1.6 * pages) / staging), delay }
  if (kill < staging + 2) return { by: 'itself', when: kill === staging ? 'before' : 'after' }
  return { by: 'us', step: 'fold', count: upTo((0.8 * pages) / folding), delay }
}

const order: readonly Step[] = ['other', 'stage', 'flip', 'fold']

interface Run {
  /** The last step that it began. */
  readonly last: Step
  readonly synced: boolean
  readonly lines: readonly Line[]
}

/** Told of every line of the device. */
type Watch = (line: Line) => void

/** One start of the device, killed where the plan says, or at the first step after that. */
const runDevice = async (child: Child, plan: KillPlan | undefined, watch: Watch): Promise<Run> => {
  const lines: Line[] = []
  let last: Step = 'other'
  let counted = 0
  let isDue = false
  for await (const text of child.lines) {
    const line = JSON.parse(text) as Line
    watch(line)
    if (line.kind !== 'step') {
      lines.push(line)
      continue
    }
    last = line.step
    if (plan?.by !== 'us' || isDue) continue
    if (line.step === plan.step) counted += 1
    isDue = counted >= plan.count || order.indexOf(line.step) > order.indexOf(plan.step)
    if (isDue) void pause(plan.delay).then(child.kill)
  }
  return { last, synced: lines.some(({ kind }) => kind === 'synced'), lines }
}

interface Onlooker {
  readonly seen: ReadonlySet<string>
  readonly wentBack: () => boolean
  readonly stop: () => void
}

const startOnlooker = (filename: string, url: string): Onlooker => {
  const child = startChild('look', filename, url, 'onlooker')
  const seen = new Set<string>()
  let wentBack = false
  const watch = async (): Promise<void> => {
    for await (const text of child.lines) {
      const line = JSON.parse(text) as Line
      if (line.kind !== 'sum') continue
      if (line.count === 0 && seen.size > 1) wentBack = true
      seen.add(`${line.count} accounts, ${line.total} in all`)
    }
  }
  void watch()
  return { seen, wentBack: () => wentBack, stop: child.kill }
}

/** A bank with a constant total is synced into a SQLite file while tellers move money and the device is killed. */
export const runBank = async (options: BankOptions): Promise<BankResult> => {
  const { accounts, kills, seed } = options
  const random = createSeededRandom(`bank ${seed}`)
  using folder = temporaryFolder()
  await using server = await startBank(folder.path('server.db'), accounts)
  const { url, asked } = server
  const filename = folder.path('device.db')
  const killed: Record<Step, number> = { other: 0, stage: 0, flip: 0, fold: 0 }
  const memory = { before: 0, most: 0, rss: 0 }
  const watch: Watch = ({ heap, rss }) => {
    memory.before ||= heap
    memory.most = Math.max(memory.most, heap)
    memory.rss = Math.max(memory.rss, rss)
  }
  const tellers = ['teller-1', 'teller-2'].map((name) =>
    startTeller({ url, name, accounts, random: random.fork(name).next }),
  )
  const onlooker = startOnlooker(filename, url)

  let kill = 0
  for (let start = 0; ; start += 1) {
    const plan = kill < kills ? planKill(random, options, kill) : undefined
    const end = plan?.by === 'itself' ? `flip ${plan.when}` : ''
    const run = await runDevice(startChild('sync', filename, url, `${start}`, end), plan, watch)
    if (run.synced && plan === undefined) break
    kill += 1
    killed[run.last] += 1
  }

  let transfers = 0
  for (const teller of tellers) transfers += await teller.stop()
  const last = await runDevice(startChild('digest', filename, url, 'last'), undefined, () => undefined)
  const digest = last.lines.find((line) => line.kind === 'digest')?.digest
  // It may still be reading.
  await pause(500)
  onlooker.stop()
  const pages = asked.filter(({ asker }) => asker !== 'last')
  return {
    kills: killed,
    transfers,
    pages: pages.length,
    repeated: repeatedPages(pages),
    seen: [...onlooker.seen],
    wentBack: onlooker.wentBack(),
    isEqual: digest === (await server.digest()),
    heapBefore: memory.before,
    heapMost: memory.most,
    rss: memory.rss,
  }
}

const keyOf = ({ procedure, from }: Asked): string => `${procedure} ${from}`

/**
 * Each start may ask once more for what was on its way when the one before was killed, and for nothing else: whoever
 * asks for the next page has stored the last one.
 */
const repeatedPages = (asked: readonly Asked[]): readonly Asked[] => {
  const stored = new Set<string>()
  /** What this start has asked for and may not have stored. */
  let open: string[] = []
  let asker: string | undefined
  return asked.filter((one) => {
    const key = keyOf(one)
    if (one.asker !== asker) open = []
    asker = one.asker
    // The first page of all only tells that there is more: nothing of it is stored.
    if (key !== firstSnapshot) for (const before of open.splice(0)) stored.add(before)
    open.push(key)
    return stored.has(key)
  })
}

const firstSnapshot = keyOf({ asker: '', procedure: 'snapshot', from: '' })

export const totalOf = (accounts: number): string => `${accounts} accounts, ${accounts * opening} in all`
