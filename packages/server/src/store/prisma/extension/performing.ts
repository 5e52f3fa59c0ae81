import type { Values } from './client.ts'
import type { Write } from './plan.ts'
import { isObject } from './values.ts'
import type { Mark } from './related.ts'

/** A write, and the transaction that it runs in. */
export interface Performing {
  readonly write: Write
  /** Runs the caller's operation, with other arguments, or as another action. */
  readonly run: (args: Values, action?: string) => Promise<unknown>
  /** Reads rows of a model as they are, in the transaction. */
  readonly rows: (delegate: string, query: Values) => Promise<readonly Values[]>
  readonly row: (delegate: string, query: Values) => Promise<Values | undefined>
}

export interface Performed {
  /** As the caller asked for it. */
  readonly result: unknown
  /** The records that it wrote: more than necessary, never fewer. */
  readonly marks: readonly Mark[]
}

/** Of a row that is given another id the old one is a record too. */
export const renames = ({ tracked, args }: Pick<Write, 'tracked' | 'args'>): boolean =>
  [args['data'], args['update']].some(
    (data) => isObject(data) && tracked.some(({ field }) => data[field] !== undefined),
  )
