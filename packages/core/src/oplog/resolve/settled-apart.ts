import { decodePortable, encodePortable } from '../../base/codec.ts'
import { pickMembers } from '../../base/objects.ts'
import { deletedField, type BaseRow, type Patch } from '../../model/record.ts'
import type { AnyCollection } from '../../model/schema.ts'
import { joinPayload, splitPayload } from '../../model/typed-fields.ts'
import { checkFits, type CarriedChange, type Choice } from './answer.ts'

/** An answer's change in two; undefined: there is nothing of it. */
export interface InTwo {
  /** What nobody was asked about, since the strategy settles it: it goes out once more as what it was. */
  readonly settled: CarriedChange | undefined
  /** What the person decided, who has seen the server's side of it. */
  readonly decided: CarriedChange | undefined
}

interface About {
  readonly disputed: readonly string[]
  readonly choice: Choice
  readonly recordId: string
  readonly base: BaseRow | undefined
}

/**
 * Who answers has seen the server's record: of a field that they were not asked about, which a stranger changed as well, the
 * strategy would have nothing to settle any more, and the stranger's value would be gone without a word.
 */
export const settledApart = (
  definition: AnyCollection,
  change: CarriedChange,
  { disputed, choice, recordId, base }: About,
): InTwo => {
  const { conflict, fieldTypes } = definition
  const whole: InTwo = { settled: undefined, decided: change }
  if (change.type !== 'update' || conflict.perField !== true || disputed.includes(deletedField)) return whole
  const isDecided = (field: string): boolean =>
    disputed.includes(field) ||
    (typeof choice === 'object' && Object.hasOwn(choice, field)) ||
    conflict.asks?.(field) === true
  const { registers, deltas } = splitPayload(fieldTypes, decodePortable(change.payload))
  const settled = updateOf(
    pickMembers(registers, (field) => !isDecided(field)),
    {},
  )
  if (settled === undefined || !fits(definition, settled, recordId, base)) return whole
  return { settled, decided: updateOf(pickMembers(registers, isDecided), deltas) }
}

const updateOf = (registers: Patch, deltas: Patch): CarriedChange | undefined => {
  const fields = [...Object.keys(registers), ...Object.keys(deltas)].sort()
  return fields.length === 0
    ? undefined
    : { type: 'update', payload: encodePortable(joinPayload(registers, deltas)), fields }
}

/** Fields that only fit together stay together. */
const fits = (
  definition: AnyCollection,
  change: CarriedChange,
  recordId: string,
  base: BaseRow | undefined,
): boolean => {
  try {
    checkFits(definition, { ...change, recordId, base })
    return true
  } catch {
    return false
  }
}
