import * as z from 'zod/mini'
import { SyncError } from '../../base/errors.ts'
import type { Portable } from '../../base/portable.ts'
import { defineField, fieldChange, type FieldChange, type FieldType, type TypedField } from '../field-type.ts'

const noAmount = (reason: string): SyncError =>
  new SyncError('INVALID', `A counter can't be changed by this: ${reason}.`, { reason })

const toAmount = (delta: Portable): number => {
  if (typeof delta === 'number' && Number.isSafeInteger(delta)) return delta
  throw noAmount('it is no whole number')
}

const sum = (left: Portable, right: number): number => {
  const total = toAmount(left) + right
  if (Number.isSafeInteger(total)) return total
  throw noAmount('the total would be beyond 2^53')
}

/** A delta is an amount. It counts once because its operation takes effect once. */
const counterType: FieldType<number> & { readonly name: 'counter' } = {
  name: 'counter',
  ignoresTime: true,
  empty: { value: 0 },
  prepare: ({ value }, wanted) => {
    const amount = wanted.kind === 'change' ? toAmount(wanted.input) : sum(wanted.value, -toAmount(value))
    sum(value, amount)
    return amount === 0 ? undefined : amount
  },
  apply: ({ value }, delta) => ({ value: sum(value, toAmount(delta)) }),
  compose: (first, second) => sum(first, second),
  difference: (before, after) => {
    const amount = sum(after.value, -toAmount(before.value))
    return amount === 0 ? undefined : amount
  },
}

/**
 * A whole number that several people change by amounts: increments never conflict and none is lost. Setting it to a
 * value counts as the difference to what its author sees. Starts at 0.
 */
export const counter = (): z.ZodMiniNumberFormat & TypedField<'counter'> => defineField(z.int(), counterType)

/** Changes a counter by a whole number, which may be negative. */
export const increment = (by = 1): FieldChange<'counter'> => fieldChange('counter', by)
