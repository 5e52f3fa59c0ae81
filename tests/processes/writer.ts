import { encodePortable, protocolVersion, type PushAnswer, type WireOperation } from '@holdfast/core/protocol'
import type { Transport } from '@holdfast/core/trpc'
import { scope } from '../harness/server.ts'

type Sketch = Pick<WireOperation, 'collection' | 'recordId' | 'type'> & {
  readonly fields: Readonly<Record<string, string | number>>
}

/** A client of the wire: numbers its operations and goes on from the cursor of the last answer. */
export interface Writer {
  readonly operation: (sketch: Sketch) => WireOperation
  /** Sends a batch; `transport` says to which process. */
  readonly push: (transport: Transport, operations: readonly WireOperation[]) => Promise<PushAnswer>
}

const signal = new AbortController().signal

export const createWriter = (clientId: string): Writer => {
  let clientSeq = 0
  let cursor = ''
  return {
    operation({ fields, ...sketch }) {
      clientSeq += 1
      return {
        ...sketch,
        id: `${clientId}-op-${clientSeq}`,
        clientSeq,
        payload: encodePortable(fields),
        baseVersion: 0,
        timestamp: Date.now(),
        opVersion: '1.0.0',
      }
    },
    async push(transport, operations) {
      const instance = { acknowledged: clientId, candidate: clientId }
      const answer = await transport.push(
        { protocol: protocolVersion, clientId, instance, scope, cursor, batchId: 'batch', operations },
        { signal },
      )
      cursor = answer.page.cursor
      return answer
    },
  }
}
