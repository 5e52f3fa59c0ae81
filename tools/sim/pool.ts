import { Worker } from 'node:worker_threads'
import { addSummaries, emptySummary, runBatch, type Summary } from './run-batch.ts'

const chunkSize = 25

const chunksOf = (seeds: readonly number[]): number[][] =>
  Array.from({ length: Math.ceil(seeds.length / chunkSize) }, (_, index) =>
    seeds.slice(index * chunkSize, (index + 1) * chunkSize),
  )

const runInWorkers = (chunks: number[][], workers: number): Promise<Summary> =>
  new Promise((resolve, reject) => {
    let summary = emptySummary
    let open = chunks.length
    const feed = (worker: Worker): void => {
      const chunk = chunks.shift()
      if (chunk === undefined) worker.postMessage('end')
      else worker.postMessage(chunk)
    }
    for (let index = 0; index < workers; index += 1) {
      const worker = new Worker(new URL('./worker.ts', import.meta.url))
      worker.on('error', reject)
      worker.on('message', (part: Summary) => {
        summary = addSummaries(summary, part)
        open -= 1
        feed(worker)
        if (open === 0) resolve(summary)
      })
      feed(worker)
    }
  })

/** Runs the seeds, on several cores where there are enough of them. */
export const runSeeds = (seeds: readonly number[], cores: number): Promise<Summary> => {
  const chunks = chunksOf(seeds)
  const workers = Math.min(cores, chunks.length)
  return workers < 2 ? runBatch(seeds) : runInWorkers(chunks, workers)
}
