import { Worker } from 'node:worker_threads'
import { addSummaries, emptySummary, runBatch, type Batch, type Summary } from './run-batch.ts'

const runInWorker = (batch: Batch): Promise<Summary> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: batch,
      // A world is thrown away as a whole: most of it need not be copied about while it lives.
      resourceLimits: { maxYoungGenerationSizeMb: 96 },
    })
    worker.on('error', reject)
    worker.on('message', (summary: Summary) => resolve(summary))
  })

/** Below, a thread takes longer to start than it saves. */
const fewest = 20

/** Runs the seeds, each core its share. */
export const runSeeds = async (batch: Batch, cores: number): Promise<Summary> => {
  const { seeds } = batch
  const threads = Math.min(cores, Math.floor(seeds.length / fewest))
  if (threads < 2) return runBatch(batch)
  const shares = Array.from({ length: threads }, (_, thread) =>
    seeds.filter((_seed, index) => index % threads === thread),
  )
  const summaries = await Promise.all(shares.map((share) => runInWorker({ ...batch, seeds: share })))
  return summaries.reduce(addSummaries, emptySummary)
}
