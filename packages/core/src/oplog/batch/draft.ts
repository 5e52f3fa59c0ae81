import { moveType } from '../../model/move-input.ts'
import type { Operation } from '../../model/operation.ts'
import type { LogHead } from '../entries.ts'
import { wireBytes } from '../wire-bytes.ts'
import type { Unit } from './units.ts'

export interface BatchLimits {
  readonly operations: number
  /** Bytes that the operations may take in the request. One operation alone may take more. */
  readonly bytes: number
}

export interface Taken {
  readonly operation: Operation
  readonly head: LogHead
  readonly isFresh: boolean
}

/**
 * Gives an operation its number. One that was sent before, and has lost its number, stays otherwise as it was; of
 * others, those that were made before the server's time was known get their timestamp corrected now.
 */
export const freeze = (operation: Operation, head: LogHead): Taken => {
  if (operation.clientSeq !== undefined) return { operation, head, isFresh: false }
  const { nextClientSeq: clientSeq } = head
  if (operation.status === 'SENT') {
    const next = { ...head, nextClientSeq: clientSeq + 1 }
    return { operation: { ...operation, clientSeq }, head: next, isFresh: true }
  }
  const timestamp = operation.timestamp + (operation.uncorrected ? (head.clockOffset ?? 0) : 0)
  return {
    operation: {
      ...operation,
      timestamp,
      uncorrected: false,
      clientSeq,
      status: 'SENT',
      fate: { kind: 'sent' },
    },
    head: {
      ...head,
      nextClientSeq: clientSeq + 1,
      pending: head.pending - 1,
      sent: head.sent + 1,
      timestamp: Math.max(head.timestamp, timestamp),
    },
    isFresh: true,
  }
}

export interface Draft {
  readonly fits: (unit: Unit) => boolean
  readonly add: (taken: Taken) => void
  readonly operations: () => readonly Operation[]
  readonly fresh: () => number
  readonly bytes: () => number
}

const isMove = (operation: Operation | undefined): boolean => operation?.type === moveType

/** Collects units. The first always fits: it could never be sent otherwise. */
export const startDraft = (limits: BatchLimits): Draft => {
  const operations: Operation[] = []
  let bytes = 0
  let fresh = 0
  return {
    fits: (unit) => {
      if (operations.length === 0) return true
      // A move is alone in its batch: the server needs the locks of two scopes for it.
      if (isMove(operations[0]) || isMove(unit[0])) return false
      const more = unit.reduce((sum, operation) => sum + wireBytes(operation), 0)
      return operations.length + unit.length <= limits.operations && bytes + more <= limits.bytes
    },
    add({ operation, isFresh }) {
      operations.push(operation)
      bytes += wireBytes(operation)
      if (isFresh) fresh += 1
    },
    operations: () => operations,
    fresh: () => fresh,
    bytes: () => bytes,
  }
}
