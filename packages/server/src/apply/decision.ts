import type { Decision, ServerRow } from '@holdfast/core/protocol'
import type { RecordAddress } from '../store/contract.ts'

/** A decision, with the rows of further records that a server half or a hook changed. */
export type ServerDecision =
  | Exclude<Decision, { readonly kind: 'write' }>
  | (Extract<Decision, { readonly kind: 'write' }> & { readonly further?: readonly ServerRow[] })

/** Where an operation is judged: on top of the earlier ones of its batch. */
export interface Spot {
  /** Its record. */
  readonly row: ServerRow | undefined
  /** The next free position in the feed. */
  readonly seq: number
  /** Any record of the scope. */
  readonly find: (address: RecordAddress) => Promise<ServerRow | undefined>
}

/** What a decision writes, in the order of the feed. */
export const rowsIn = ({
  row,
  further = [],
}: Extract<ServerDecision, { kind: 'write' }>): readonly ServerRow[] =>
  further.length === 0 ? [row] : [...further, row].sort((left, right) => left.seq - right.seq)
