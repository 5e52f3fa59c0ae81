import type { Operation } from '../model/operation.ts'
import type { Store } from '../storage/store.ts'
import {
  cursorEntry,
  metaEntry,
  operationEntry,
  queueEntry,
  type AbandonedOperation,
  type LogHead,
  type Meta,
} from './entries.ts'
import { cursorKey, logKey, metaKey, operationKey, queuePrefix } from './keys.ts'
import { logHead, putLogHead, putSent } from './log.ts'

export interface BatchLimits {
  readonly operations: number
  /** Bytes that the operations may take in the request. One operation alone may take more. */
  readonly bytes: number
}

/** What one push will carry. All its operations are frozen and stored as sent. */
export interface Batch {
  readonly meta: Meta
  readonly operations: readonly Operation[]
  /** How many of them are sent for the first time. */
  readonly fresh: number
  readonly cursor: string
  /** The stored cursor must still have this revision when the answer's page is swapped in. */
  readonly cursorRevision: number
  /** All that was undecided when the batch was taken, what it carries included. */
  readonly queued: number
  /** Bytes that the operations take in the request, at most. */
  readonly bytes: number
  readonly abandoned: readonly AbandonedOperation[]
}

/**
 * Takes the next batch: first whatever was sent before and is not decided, then new operations in the order
 * made. New ones get their `clientSeq` and are stored as SENT before the caller sends anything.
 */
export const takeBatch = (store: Store, scope: string, limits: BatchLimits): Promise<Batch> =>
  store.update(async (workspace) => {
    const [, cursor, metaStored, queued] = await workspace.read([
      { get: logKey(scope) },
      { get: cursorKey(scope) },
      { get: metaKey },
      { scan: queuePrefix(scope), limit: limits.operations },
    ])
    const addresses = queued.map(({ key, value }) => {
      const { collection, recordId } = queueEntry.decode(value)
      return { scope, collection, recordId, localSeq: Number(key.slice(queuePrefix(scope).length)) }
    })
    const stored = await workspace.read(addresses.map((address) => ({ get: operationKey(address) })))
    const candidates = stored.flatMap((entry) =>
      entry === undefined ? [] : [operationEntry.decode(entry.value)],
    )

    let head = logHead(workspace, scope)
    const operations: Operation[] = []
    let bytes = 0
    let fresh = 0
    for (const candidate of candidates) {
      const more = wireBytes(candidate)
      if (operations.length > 0 && bytes + more > limits.bytes) break
      bytes += more
      if (candidate.clientSeq !== undefined) {
        operations.push(candidate)
        continue
      }
      const operation = freeze(candidate, head)
      head = {
        ...head,
        nextClientSeq: head.nextClientSeq + 1,
        pending: head.pending - 1,
        sent: head.sent + 1,
        timestamp: Math.max(head.timestamp, operation.timestamp),
      }
      putSent(workspace, operation)
      operations.push(operation)
      fresh += 1
    }
    if (fresh > 0) putLogHead(workspace, scope, head)
    return {
      meta: metaEntry.decode(metaStored?.value ?? '{}'),
      operations,
      fresh,
      cursor: cursor === undefined ? '' : cursorEntry.decode(cursor.value).cursor,
      cursorRevision: cursor?.revision ?? 0,
      queued: head.pending + head.sent,
      bytes,
      abandoned: head.abandoned ?? [],
    }
  })

/** An operation made before the server's time was known gets its timestamp corrected, once, now. */
const freeze = (operation: Operation, head: LogHead): Operation => ({
  ...operation,
  timestamp: operation.timestamp + (operation.uncorrected ? (head.clockOffset ?? 0) : 0),
  uncorrected: false,
  clientSeq: head.nextClientSeq,
  status: 'SENT',
  fate: { kind: 'sent' },
})

/** What the fields beside the payload take at most, with their names. */
const envelopeBytes = 700

/**
 * An upper bound of what an operation takes in the request: UTF-8, inside a JSON text, where quotes and backslashes
 * are escaped.
 */
const wireBytes = ({ payload }: Operation): number => {
  let bytes = envelopeBytes
  for (let index = 0; index < payload.length; index += 1) {
    const unit = payload.charCodeAt(index)
    if (unit > 0x7f) bytes += 3
    else bytes += unit === 0x22 || unit === 0x5c ? 2 : 1
  }
  return bytes
}
