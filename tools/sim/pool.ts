import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { addSummaries, emptySummary, runBatch, type Batch, type Summary } from './run-batch.ts'
import type { Told } from './worker.ts'

/** Worlds tell of their own crashes; this is what takes the whole run with it, such as want of memory. */
const died = (seed: number | undefined, cause: unknown): Error => {
  const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  return new Error(`seed ${seed} ended the run: ${message}`, { cause })
}

/** @throws Error that names the seed in which it ended */
const runHere = async (batch: Batch): Promise<Summary> => {
  let at: number | undefined
  try {
    return await runBatch(batch, (seed) => (at = seed))
  } catch (error) {
    throw died(at, error)
  }
}

/** @throws as `runHere` */
const runInWorker = (batch: Batch): Promise<Summary> =>
  new Promise((resolve, reject) => {
    let at: number | undefined
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: batch,
      // A world is thrown away as a whole: most of it need not be copied about while it lives.
      resourceLimits: { maxYoungGenerationSizeMb: 96 },
    })
    worker.on('error', (error) => reject(died(at, error)))
    worker.on('exit', (code) => reject(died(at, `exit code ${code}`)))
    worker.on('message', (told: Told) => {
      if (told.kind === 'begins') at = told.seed
      else resolve(told.summary)
    })
  })

/** Below, a thread takes longer to start than it saves. */
const fewest = 20

/** A run calls thousands of functions, few of them often: they are worth compiling sooner than V8 would. */
const compileSooner = (): void => {
  setFlagsFromString('--invocation-count-for-maglev=100')
  setFlagsFromString('--minimum-invocations-after-ic-update=100')
}

/** Runs the seeds, each core its share. */
export const runSeeds = async (batch: Batch, cores: number): Promise<Summary> => {
  compileSooner()
  const { seeds } = batch
  const threads = Math.min(cores, Math.floor(seeds.length / fewest))
  if (threads < 2) return runHere(batch)
  const shares = Array.from({ length: threads }, (_, thread) =>
    seeds.filter((_seed, index) => index % threads === thread),
  )
  const summaries = await Promise.all(shares.map((share) => runInWorker({ ...batch, seeds: share })))
  return summaries.reduce(addSummaries, emptySummary)
}
