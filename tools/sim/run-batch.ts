import { sometimes, type CounterName } from './counters.ts'
import { replayOf } from './regressions.ts'
import { runReplay, type Replay } from './replay.ts'
import type { StoresName } from './stores/stores.ts'
import type { Outcome } from './world/run-world.ts'
import type { SwarmChanges } from './world/swarm.ts'

/** Seeds, and where the devices of their worlds keep their data. */
export interface Batch {
  readonly seeds: readonly number[]
  readonly stores: StoresName
  /** Set by hand in each fresh world. */
  readonly params?: SwarmChanges | undefined
}

export interface Failure {
  readonly replay: Replay
  readonly promise: string
  readonly message: string
  readonly trace: readonly string[]
}

/** What a number of seeds came to. Plain data: it crosses threads. */
export interface Summary {
  readonly seeds: number
  readonly failures: readonly Failure[]
  /** `least`: of those that broke no promise. A world that does ends there. */
  readonly events: { readonly least: number; readonly total: number }
  readonly counters: Readonly<Partial<Record<CounterName, number>>>
  /** Seconds of processor time. */
  readonly cpu: number
}

export const emptySummary: Summary = {
  seeds: 0,
  failures: [],
  events: { least: Number.POSITIVE_INFINITY, total: 0 },
  counters: {},
  cpu: 0,
}

const names = Object.keys(sometimes) as CounterName[]

export const addSummaries = (left: Summary, right: Summary): Summary => ({
  seeds: left.seeds + right.seeds,
  failures: [...left.failures, ...right.failures],
  events: {
    least: Math.min(left.events.least, right.events.least),
    total: left.events.total + right.events.total,
  },
  counters: Object.fromEntries(
    names.map((name) => [name, (left.counters[name] ?? 0) + (right.counters[name] ?? 0)]),
  ),
  cpu: left.cpu + right.cpu,
})

const failuresOf = (replay: Replay, { violation, trace }: Outcome): readonly Failure[] =>
  violation === undefined ? [] : [{ replay, promise: violation.promise, message: violation.message, trace }]

/** Every so many seeds one is run twice: the second time the same must happen. */
const repeated = 50

const runAgain = async (replay: Replay, first: Outcome): Promise<readonly Failure[]> => {
  const { hash } = await runReplay(replay)
  if (hash === first.hash) return []
  const message = `the same seed ran another way: ${first.hash}, then ${hash}`
  return [{ replay, promise: 'deterministic', message, trace: first.trace }]
}

// A world throws and catches many errors; their stacks cost more than they tell.
Error.stackTraceLimit = 3

/**
 * Runs seeds one after the other in this thread.
 * @param onBegin told of each before it runs: it may take the process with it
 */
export const runBatch = async (
  { seeds, stores, params }: Batch,
  onBegin: (seed: number) => void = () => undefined,
): Promise<Summary> => {
  let summary = emptySummary
  for (const seed of seeds) {
    onBegin(seed)
    const drawn = replayOf(seed, params)
    const replay: Replay = stores === 'memory' ? drawn : { ...drawn, stores }
    const start = process.threadCpuUsage()
    const outcome = await runReplay(replay)
    const { user, system } = process.threadCpuUsage(start)
    const again = seed % repeated === 0 ? await runAgain(replay, outcome) : []
    summary = addSummaries(summary, {
      seeds: 1,
      failures: [...failuresOf(replay, outcome), ...again],
      events: {
        least: outcome.violation === undefined ? outcome.events : emptySummary.events.least,
        total: outcome.events,
      },
      counters: outcome.counters,
      cpu: (user + system) / 1e6,
    })
  }
  return summary
}
