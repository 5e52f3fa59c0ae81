import { SyncError, defineField, type FieldType, type Portable, type TypedField } from '@holdfast/core'
import { z } from 'zod'

const toNumber = (value: Portable): number => {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new SyncError('INVALID', 'A largest number can only be changed by a number.', { reason: 'no number' })
}

/** The largest number that anybody ever set. */
const largestType: FieldType<number> & { readonly name: 'largest' } = {
  name: 'largest',
  empty: { value: 0 },
  prepare({ value }, wanted) {
    const wish = toNumber(wanted.kind === 'set' ? wanted.value : wanted.input)
    return wish > toNumber(value) ? wish : undefined
  },
  apply: ({ value }, delta) => ({ value: Math.max(toNumber(value), toNumber(delta)) }),
  compose: (first, second) => Math.max(first, second),
  difference: (before, after) =>
    toNumber(after.value) > toNumber(before.value) ? toNumber(after.value) : undefined,
}

export const largest = (): z.ZodNumber & TypedField<'largest'> => defineField(z.number(), largestType)
