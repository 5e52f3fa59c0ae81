import type { Operation } from '../../model/operation.ts'
import { deletedField } from '../../model/record.ts'
import { isRegister } from '../../model/typed-fields.ts'
import { namedOperation } from '../../model/validate.ts'
import type { AnyCollection } from '../../model/schema.ts'
import { meet } from '../touched.ts'
import type { Choice } from './answer.ts'
import type { WaitingRecord } from './closure.ts'

/** What becomes of the operations that wait on one record. */
export interface Parts {
  /** They are made again as they are, before what takes the place of the others. */
  readonly before: readonly Operation[]
  /** One operation takes their place. */
  readonly merged: readonly Operation[]
  /** As `before`, after it. */
  readonly after: readonly Operation[]
}

interface Taking {
  readonly choice: Choice
  /** Whether the server has the record. */
  readonly isLive: boolean
}

/**
 * A named operation stays what it is: it may have a half on the server, which would not run of what it came to. Merged are
 * only those that a question is about: that the server itself disputed, or whose disputed fields get another value.
 */
export const partsOf = (
  definition: AnyCollection,
  { waiting, conflict }: Pick<WaitingRecord, 'waiting' | 'conflict'>,
  { choice, isLive }: Taking,
): Parts => {
  const isGivenUp = choice === 'theirs' && !isLive
  const isKept = (operation: Operation): boolean =>
    namedOperation(definition, operation.type) !== undefined &&
    !isDisputed(operation, conflict.rebases !== undefined) &&
    !isGivenUp &&
    (choice === 'mine' ||
      !meet(
        operation.fields,
        conflict.fields.filter((field) => field !== deletedField),
      ))

  const plain = waiting.filter((operation) => !isKept(operation))
  const laterThan = ({ localSeq, fields }: Operation): readonly Operation[] =>
    plain.filter((other) => other.localSeq > localSeq && meet(other.fields, fields))
  /** What was done to a typed field on top of it is part of what it came to. */
  const carriesIt = (named: Operation): boolean =>
    laterThan(named).some(({ fields }) =>
      fields.some((field) => named.fields.includes(field) && !isRegister(definition.fieldTypes, field)),
    )
  const kept = waiting.filter((operation) => isKept(operation) && !carriesIt(operation))
  return {
    before: kept.filter((operation) => laterThan(operation).length > 0),
    merged: waiting.filter((operation) => !kept.includes(operation)),
    after: kept.filter((operation) => laterThan(operation).length === 0),
  }
}

/** By the server; of what waits to be made again that can't be told from what only joined. */
const isDisputed = ({ fate }: Operation, isRebased: boolean): boolean =>
  fate.kind === 'conflict' && (isRebased || fate.fields.length > 0)
