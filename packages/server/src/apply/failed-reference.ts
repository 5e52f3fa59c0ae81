import {
  referencesOf,
  type Decision,
  type Schema,
  type ServerRow,
  type WireOperation,
} from '@holdfast/core/protocol'
import { recordKey } from '../store/record-key.ts'

export interface KnownRecords {
  readonly rows: ReadonlyMap<string, ServerRow>
  readonly draft: ReadonlyMap<string, ServerRow>
  /** The creates that ended unapplied, by record. */
  readonly failedCreates: ReadonlyMap<string, string>
}

/**
 * A declared reference to a record that this client made and that was not applied: the operation would point
 * nowhere [AP28]. Undefined where there is none.
 */
export const failedReference = (
  schema: Schema,
  operation: WireOperation,
  { rows, draft, failedCreates }: KnownRecords,
): Decision | undefined => {
  for (const reference of referencesOf(schema, operation)) {
    const key = recordKey(reference)
    const cause = failedCreates.get(key)
    if (cause === undefined || rows.has(key) || draft.has(key)) continue
    const message = `It refers to ${reference.collection} "${reference.id}", whose creation was not applied.`
    return { kind: 'refuse', verdict: { kind: 'rejected', code: 'DEPENDENCY', message, cause } }
  }
  return undefined
}
