import type { AnyCollection } from '../model/schema.ts'
import type { RecordAddress } from './keys.ts'

/** A checked write that waits to be stored. */
export interface Intent extends RecordAddress {
  readonly definition: AnyCollection
  readonly type: string
  /** Already in the portable codec. */
  readonly payload: string
  /** What plugins put beside it, in the portable codec. */
  readonly marks?: string | undefined
  /** It ends at once, as expired. */
  readonly drop?: true | undefined
  /** Given beforehand where somebody was told it already; else made here. */
  readonly operationId?: string | undefined
  /** Another device may have it too, under this id. */
  readonly isShared?: true | undefined
}
