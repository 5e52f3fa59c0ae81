import { parentPort, workerData } from 'node:worker_threads'
import { runBatch, type Batch, type Summary } from './run-batch.ts'

/** What a thread tells the pool: where it is, and at the end what it all came to. */
export type Told =
  | { readonly kind: 'begins'; readonly seed: number }
  | { readonly kind: 'ends'; readonly summary: Summary }

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const tell = (told: Told): void => parentPort?.postMessage(told)

// Refused commits and lost requests are everyday here: their stacks cost more than they do.
Error.stackTraceLimit = 4

/** One thread of the pool: runs its share of the seeds and tells what they came to. */
const summary = await runBatch(workerData as Batch, (seed) => tell({ kind: 'begins', seed }))
tell({ kind: 'ends', summary })
