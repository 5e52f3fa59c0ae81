import { seldomest, sometimes, type CounterName } from './counters.ts'
import type { Failure, Summary } from './run-batch.ts'

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

const textOf = ({ seed, promise, message, trace }: Failure): string =>
  [
    `seed ${seed} breaks the promise "${promise}"`,
    message,
    'what happened last:',
    ...trace.slice(-shownTrace).map((line) => (line.length > widest ? `${line.slice(0, widest)}...` : line)),
    `to see it again: pnpm sim --seeds 1 --seed ${seed}`,
  ].join('\n')

/** The most failures that are told in full. */
const toldFailures = 3

export const reportOf = (summary: Summary, wallSeconds: number): string => {
  const { seeds, failures, events, cpu } = summary
  const rest = failures.slice(toldFailures).map(({ seed, promise }) => `seed ${seed}: ${promise}`)
  const missing = missingOf(summary)
  return [
    tableOf(summary),
    '',
    ...failures.slice(0, toldFailures).map((failure) => `${textOf(failure)}\n`),
    ...rest,
    ...(missing.length > 0 ? [`never happened: ${missing.join(', ')}`] : []),
    `least often, in 1000 seeds: ${seldomest(summary.counters, seeds)}`,
    `${seeds} seeds, ${failures.length} failures; events per seed: ${events.least} at least, ${Math.round(events.total / seeds)} on average`,
    `${(seeds / wallSeconds).toFixed(1)} seeds/s in all, ${(seeds / cpu).toFixed(1)} seeds per second of one core`,
  ].join('\n')
}
