import { mkdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { createSeededRandom, type SeededRandom } from '@holdfast/core/testing'
import { temporaryFolder } from '../harness/folder.ts'
import { startBank, type Asked } from './bank-server.ts'
import type { Halt, Report, Sight, Step } from './device.ts'
import { openChromium } from './hosts/chromium.ts'
import type { Host, Memory, OpenHost } from './hosts/host.ts'
import { openProcesses } from './hosts/processes.ts'
import { opening } from './schema.ts'
import { startTeller } from './teller.ts'

export type BankStorage = 'sqlite' | 'indexeddb'

const hosts: Readonly<Record<BankStorage, OpenHost>> = { sqlite: openProcesses, indexeddb: openChromium }

export interface BankOptions {
  readonly storage: BankStorage
  readonly accounts: number
  /** Records of a page. */
  readonly page: number
  /** How often the device is killed on the way. */
  readonly kills: number
  readonly seed: number
}

export interface BankResult {
  /** Where the device was when it was killed. */
  readonly kills: Readonly<Record<Step, number>>
  /** How it was killed. */
  readonly ways: Readonly<Record<string, number>>
  readonly transfers: number
  /** Requests for pages, all starts together. */
  readonly pages: number
  /** Pages that were asked for again although an earlier start had gone on from them. */
  readonly repeated: readonly Asked[]
  /** What the onlooker saw: number of accounts and their total, each different pair once. */
  readonly seen: readonly string[]
  /** How often it looked. */
  readonly looks: number
  /** It saw everything, and later nothing. */
  readonly wentBack: boolean
  /** The device's accounts are the server's. */
  readonly isEqual: boolean
  /** Bytes in use after a garbage collection: before the sync, and the most during it. */
  readonly heldBefore: number
  readonly heldMost: number
  /** The most bytes that a start took from the machine, used or not: a process, or the heap of a page. */
  readonly taken: number
}

type KillPlan =
  /** After so many steps of a kind, and milliseconds later, from outside. */
  | { readonly by: 'us'; readonly step: Step; readonly count: number; readonly delay: number }
  /** At a step that is too short to be hit from outside for sure. */
  | { readonly by: 'itself'; readonly haltAt: Halt }

/** Most while pages come, one on each side of the flip, the rest while they are folded. */
const planKill = (random: SeededRandom, { accounts, page, kills }: BankOptions, kill: number): KillPlan => {
  const pages = accounts / page
  const staging = Math.round(kills * 0.6)
  const folding = Math.max(1, kills - staging - 2)
  const upTo = (most: number): number => random.between(1, Math.max(1, Math.floor(most)))
  const delay = random.next() * 20
  if (kill < staging) return { by: 'us', step: 'stage', count: upTo((1.2 * pages) / staging), delay }
  if (kill < staging + 2) return { by: 'itself', haltAt: kill === staging ? 'flip before' : 'flip after' }
  // A short folding may be over before anybody from outside is there.
  if (kill === staging + 2) return { by: 'itself', haltAt: 'fold after' }
  return { by: 'us', step: 'fold', count: upTo((0.8 * pages) / folding), delay }
}

const order: readonly Step[] = ['other', 'stage', 'flip', 'fold']

interface Run {
  /** The last step that it began. */
  readonly last: Step
  readonly synced: boolean
}

interface Start {
  readonly asker: string
  readonly page: number
  readonly plan: KillPlan | undefined
  readonly onMemory: (memory: Memory, isIdle: boolean) => void
}

/** One start of the device, killed where the plan says, or at the first step after that. */
const runDevice = async (host: Host, { asker, page, plan, onMemory }: Start): Promise<Run> => {
  let last: Step = 'other'
  let synced = false
  let counted = 0
  let isDue = false
  const hear = (report: Report): void => {
    if (report.kind === 'synced') synced = true
    if (report.kind !== 'step') return
    last = report.step
    if (plan?.by !== 'us' || isDue) return
    if (report.step === plan.step) counted += 1
    isDue = counted >= plan.count || order.indexOf(report.step) > order.indexOf(plan.step)
    if (isDue) void pause(plan.delay).then(async () => (await starting).kill())
  }
  const haltAt = plan?.by === 'itself' ? plan.haltAt : undefined
  const starting = host.start({ kind: 'sync', page, haltAt }, asker, { hear, onMemory })
  const { ended } = await starting
  await ended
  return { last, synced }
}

const digestOn = async (host: Host): Promise<string | undefined> => {
  let digest: string | undefined
  const hear = (report: Report): void => {
    if (report.kind === 'digest') digest = report.digest
  }
  const { ended } = await host.start({ kind: 'digest' }, 'last', { hear })
  await ended
  return digest
}

/** What an onlooker saw, and what the syncing starts needed. */
const createWitness = () => {
  const seen = new Set<string>()
  const state = { looks: 0, wentBack: false, heldBefore: 0, heldMost: 0, taken: 0 }
  return {
    seen,
    state,
    onSight({ count, total }: Sight): void {
      state.looks += 1
      if (count === 0 && seen.size > 1) state.wentBack = true
      seen.add(`${count} accounts, ${total} in all`)
    },
    onMemory({ held, taken }: Memory, isIdle: boolean): void {
      if (isIdle) state.heldBefore ||= held
      state.heldMost = Math.max(state.heldMost, held)
      state.taken = Math.max(state.taken, taken)
    },
  }
}

/** A bank with a constant total is synced by a device that is killed on the way, while tellers move money. */
export const runBank = async (options: BankOptions): Promise<BankResult> => {
  const { storage, accounts, page, kills, seed } = options
  const random = createSeededRandom(`bank ${seed}`)
  using folder = temporaryFolder()
  await using server = await startBank(folder.path('server.db'), accounts)
  const { url, asked } = server
  const { seen, state, onSight, onMemory } = createWitness()
  mkdirSync(folder.path('device'))
  await using host = await hosts[storage](folder.path('device'), url, onSight)
  const tellers = ['teller-1', 'teller-2'].map((name) =>
    startTeller({ url, name, accounts, random: random.fork(name).next }),
  )

  const killed: Record<Step, number> = { other: 0, stage: 0, flip: 0, fold: 0 }
  let kill = 0
  for (let start = 0; ; start += 1) {
    const plan = kill < kills ? planKill(random, options, kill) : undefined
    const before = sum(host.killed())
    const run = await runDevice(host, { asker: `${start}`, page, plan, onMemory })
    if (run.synced && plan === undefined) break
    kill += 1
    // It may have been done before it was its turn.
    if (sum(host.killed()) > before) killed[run.last] += 1
  }

  let transfers = 0
  for (const teller of tellers) transfers += await teller.stop()
  const digest = await digestOn(host)
  // The onlooker may still be reading.
  await pause(500)
  const pages = asked.filter(({ asker }) => asker !== 'last')
  return {
    kills: killed,
    ways: host.killed(),
    transfers,
    pages: pages.length,
    repeated: repeatedPages(pages),
    seen: [...seen],
    isEqual: digest === (await server.digest()),
    ...state,
  }
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0)

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
