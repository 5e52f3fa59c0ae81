import { readFileSync } from 'node:fs'
import { readOptions, type SimOptions } from './options.ts'
import { runSeeds } from './pool.ts'
import { regressions, replayOf } from './regressions.ts'
import { readReplay, runReplay, type Replay } from './replay.ts'
import { addSummaries } from './run-batch.ts'
import { failureText, missingOf, reportOf, shrunkText, toldFailures } from './report.ts'
import { shrink } from './shrink/shrink.ts'
import { checkClientTrace } from './trace-file/check-client-trace.ts'
import { clientTraceText } from './trace-file/client-trace-text.ts'
import { readTrace } from './trace-file/client-trace.ts'
import { createTraceFile } from './trace-file/create-trace-file.ts'

/**
 * `pnpm sim --seeds 100 --seed 5 --cores 1 --stores sqlite`: runs seeds from `seed` on, after those that once failed.
 * `pnpm sim --replay JSON`, `pnpm sim --seed 5 --trace FILE`: one world. `pnpm sim --trace FILE`: what such a file, or an
 * inspector's, tells. docs/guides/simulation.md tells of all options.
 */
const tellSmallest = async (replay: Replay): Promise<void> => {
  const shrunk = await shrink(replay)
  if (shrunk !== undefined) console.log(`${shrunkText(shrunk)}\n`)
}

/** Run at once, while something has not happened yet. */
const furtherSeeds = 250

const runMany = async (options: Extract<SimOptions, { kind: 'seeds' }>): Promise<boolean> => {
  const { first, count, cores, stores, params, shrinks } = options
  const fresh = Array.from({ length: count }, (_, index) => first + index)
  console.log(
    `seeds ${first} to ${first + count - 1}, and ${regressions.length} that once failed, on ${cores} cores, ${stores} stores`,
  )
  const start = performance.now()
  let summary = await runSeeds({ seeds: [...new Set([...regressions, ...fresh])], stores, params }, cores)
  // What happens four times in a thousand worlds does not in one thousand of fifty: then some more have to show it.
  for (
    let next = first + count;
    next < first + 2 * count && missingOf(summary).length > 0;
    next += furtherSeeds
  ) {
    console.log(`${furtherSeeds} seeds more, as this never happened: ${missingOf(summary).join(', ')}`)
    const seeds = Array.from({ length: furtherSeeds }, (_, index) => next + index)
    summary = addSummaries(summary, await runSeeds({ seeds, stores, params }, cores))
  }
  console.log(reportOf(summary, (performance.now() - start) / 1_000))
  if (shrinks) for (const { replay } of summary.failures.slice(0, toldFailures)) await tellSmallest(replay)
  return summary.failures.length === 0 && missingOf(summary).length === 0
}

const runOne = async (options: Extract<SimOptions, { kind: 'replay' }>): Promise<boolean> => {
  const { replay, traceFile, shrinks } = options
  const file = traceFile === undefined ? undefined : createTraceFile()
  const { violation, events, trace } = await runReplay(replay, file)
  if (file !== undefined && traceFile !== undefined) {
    file.write(traceFile, replay)
    console.log(`${traceFile} shows it in ui.perfetto.dev or chrome://tracing`)
  }
  if (violation === undefined) {
    console.log(`seed ${replay.seed} keeps every promise, in ${events} events`)
    return true
  }
  const { promise, message } = violation
  console.log(`${failureText({ replay, promise, message, trace })}\n`)
  if (shrinks) await tellSmallest(replay)
  return false
}

const runTrace = async (file: string): Promise<boolean> => {
  const read = readTrace(readFileSync(file, 'utf8'))
  if (read.kind === 'world') {
    const replay = readReplay(read.replay)
    return runOne({ kind: 'replay', replay, traceFile: undefined, shrinks: false })
  }
  const { trace } = read
  console.log(clientTraceText(trace))
  const problems = checkClientTrace(trace)
  for (const problem of problems) console.log(`not kept: ${problem}`)
  console.log(`${trace.events.length} events of a client, ${problems.length} promises found broken`)
  return problems.length === 0
}

const run = async (): Promise<boolean> => {
  const options = readOptions(process.argv.slice(2), replayOf)
  switch (options.kind) {
    case 'seeds':
      return runMany(options)
    case 'replay':
      return runOne(options)
    case 'trace':
      return runTrace(options.file)
  }
}

try {
  if (!(await run())) process.exitCode = 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
