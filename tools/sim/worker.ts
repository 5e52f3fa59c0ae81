import { parentPort, workerData } from 'node:worker_threads'
import { runBatch, type Batch } from './run-batch.ts'

// Refused commits and lost requests are everyday here: their stacks cost more than they do.
Error.stackTraceLimit = 4

/** One thread of the pool: runs its share of the seeds and tells what they came to. */
const summary = await runBatch(workerData as Batch)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(summary)
