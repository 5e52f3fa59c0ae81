import { parentPort } from 'node:worker_threads'
import { runBatch } from './run-batch.ts'

/** One thread of the pool: gets seeds, answers with what they came to. */
parentPort?.on('message', (message: readonly number[] | 'end') => {
  if (message === 'end') {
    parentPort?.close()
    return
  }
  void runBatch(message).then((summary) => parentPort?.postMessage(summary))
})
