import type { Portable } from '@holdfast/core'
import { DbNull, Decimal } from '@prisma/client/runtime/client'
import type { Forms } from '../../app-rows.ts'
import type { RuntimeField } from './runtime-models.ts'

/** A value as Prisma returned it, in the forms that a record may have it in. */
export const formsOf = (value: unknown): Forms => {
  if (value === null || value === undefined) return [null, undefined]
  if (Decimal.isDecimal(value)) return [value.toString(), value.toNumber()]
  if (value instanceof Date) return [value, value.toISOString(), value.getTime()]
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value))
      ? [value, Number(value), String(value)]
      : [value, String(value)]
  }
  // Drivers return a Buffer, which is not what a record holds.
  if (value instanceof Uint8Array) return [Uint8Array.from(value)]
  return [value as Portable]
}

/** What Prisma wants for a field's value. Of a form that it can't be it stays as it is: Prisma says what is wrong. */
export const columnValue = ({ type }: RuntimeField, value: Portable | undefined): unknown => {
  if (value === undefined || value === null) return type === 'Json' ? DbNull : null
  if (type === 'DateTime' && (typeof value === 'string' || typeof value === 'number')) return new Date(value)
  if (type === 'BigInt' && (Number.isSafeInteger(value) || isWhole(value)))
    return BigInt(value as number | string)
  if (type === 'Decimal' && typeof value === 'bigint') return String(value)
  if ((type === 'Int' || type === 'Float') && typeof value === 'bigint') return Number(value)
  return value
}

const isWhole = (value: Portable): boolean => typeof value === 'string' && /^-?\d{1,30}$/.test(value)
