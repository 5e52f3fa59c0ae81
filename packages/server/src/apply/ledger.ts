import type { Decided } from '@holdfast/core/protocol'
import type { Slot } from '../store/contract.ts'
import { forked } from './holders.ts'

/**
 * The most clientSeqs above a watermark that may be decided in one scope: what an answer lists and a transaction
 * loads, whole. A client whose operation at the watermark waits can get no further ahead of it.
 */
export const maxAbove = 10_000

/** Which clientSeqs of one client are decided, and what was sent under them. */
export interface Ledger {
  readonly isDecided: (clientSeq: number) => boolean
  /**
   * Notes that this batch brought the operation at this clientSeq.
   * @throws SyncError CLIENT_FORKED when another operation holds the number
   */
  readonly claim: (clientSeq: number, operationId: string) => void
  /** The lowest number that is neither decided nor present in this batch so far. */
  readonly expected: () => number
  /** The number whose decision raises the watermark. */
  readonly next: () => number
  /** True when only the next number may still be decided. */
  readonly isFull: () => boolean
  /** Marks the number as present; what becomes of its operation is another matter. */
  readonly pass: (clientSeq: number) => void
  /** True when the number was free until now. */
  readonly decide: (clientSeq: number) => boolean
  readonly decided: () => Decided
}

export interface LedgerStart {
  readonly clientId: string
  readonly watermark: number
  /** Decided slots: all above the watermark, and those below that this batch names. */
  readonly slots: readonly Slot[]
  /** Numbers of the same request that an earlier transaction already went through. */
  readonly passed: ReadonlySet<number>
}

export const createLedger = ({ clientId, watermark: start, slots, passed }: LedgerStart): Ledger => {
  const holders = new Map(slots.map(({ clientSeq, operationId }) => [clientSeq, operationId]))
  const above = new Set(slots.map(({ clientSeq }) => clientSeq).filter((clientSeq) => clientSeq > start))
  const present = new Set(passed)
  let watermark = start
  let lowest = start + 1

  const isDecided = (clientSeq: number): boolean => clientSeq <= watermark || above.has(clientSeq)

  const advance = (): void => {
    while (above.delete(watermark + 1)) watermark += 1
  }
  advance()

  return {
    isDecided,
    claim(clientSeq, operationId) {
      const holder = holders.get(clientSeq)
      if (holder !== undefined && holder !== operationId) throw forked(clientId)
      holders.set(clientSeq, operationId)
    },
    expected() {
      while (isDecided(lowest) || present.has(lowest)) lowest += 1
      return lowest
    },
    next: () => watermark + 1,
    isFull: () => above.size >= maxAbove,
    pass(clientSeq) {
      present.add(clientSeq)
    },
    decide(clientSeq) {
      if (isDecided(clientSeq)) return false
      above.add(clientSeq)
      advance()
      return true
    },
    decided: () => ({ watermark, above: [...above].sort((left, right) => left - right) }),
  }
}
