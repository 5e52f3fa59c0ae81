import { seldomest, sometimes, type CounterName } from './counters.ts'
import { commandOf } from './replay.ts'
import type { Failure, Summary } from './run-batch.ts'
import type { Shrunk } from './shrink/shrink.ts'

const names = Object.keys(sometimes) as CounterName[]

/** From so many seeds on, everything must have happened. */
const enoughSeeds = 1_000

export const missingOf = ({ counters, seeds }: Summary): readonly CounterName[] =>
  seeds < enoughSeeds ? [] : names.filter((name) => (counters[name] ?? 0) === 0)

const tableOf = ({ counters }: Summary): string =>
  names
    .map((name) => {
      const count = String(counters[name] ?? 0).padStart(9)
      return `${count}  ${name}${sometimes[name] === '' ? '' : `: ${sometimes[name]}`}`
    })
    .join('\n')

const shownTrace = 40
const widest = 200

const traceOf = (trace: readonly string[], most: number): readonly string[] =>
  trace.slice(-most).map((line) => (line.length > widest ? `${line.slice(0, widest)}...` : line))

/** One failing world, with what happened last in it. */
export const failureText = ({ replay, promise, message, trace }: Failure): string => {
  const { seed, ...others } = replay
  const again = Object.keys(others).length === 0 ? `pnpm sim --seeds 1 --seed ${seed}` : commandOf(replay)
  return [
    `seed ${seed} breaks the promise "${promise}"`,
    message,
    'what happened last:',
    ...traceOf(trace, shownTrace),
    `to see it again: ${again}`,
  ].join('\n')
}

/** The smallest world that was found for a failure. */
export const shrunkText = ({ replay, outcome, runs, events }: Shrunk): string => {
  const { violation, trace } = outcome
  const { seed, params = {}, only = [] } = replay
  return [
    `the smallest world of seed ${seed} in which "${violation?.promise}" breaks, after ${runs} runs:`,
    `${events.after} events instead of ${events.before}, ${only.length} of ${outcome.actions} actions, ${JSON.stringify(params)}`,
    violation?.message ?? '',
    `what happens in it${trace.length < events.after ? ', the end' : ''}:`,
    ...traceOf(trace, trace.length),
    `to see it again: ${commandOf(replay)}`,
  ].join('\n')
}

/** The most failures that are told in full. */
export const toldFailures = 3

export const reportOf = (summary: Summary, wallSeconds: number): string => {
  const { seeds, failures, events, cpu } = summary
  const rest = failures.slice(toldFailures).map(({ replay, promise }) => `seed ${replay.seed}: ${promise}`)
  const missing = missingOf(summary)
  return [
    tableOf(summary),
    '',
    ...failures.slice(0, toldFailures).map((failure) => `${failureText(failure)}\n`),
    ...rest,
    ...(missing.length > 0 ? [`never happened: ${missing.join(', ')}`] : []),
    `least often, in 1000 seeds: ${seldomest(summary.counters, seeds)}`,
    `${seeds} seeds, ${failures.length} failures; events per seed: ${events.least} at least, ${Math.round(events.total / seeds)} on average`,
    `${(seeds / wallSeconds).toFixed(1)} seeds/s in all, ${(seeds / cpu).toFixed(1)} seeds per second of one core`,
  ].join('\n')
}
