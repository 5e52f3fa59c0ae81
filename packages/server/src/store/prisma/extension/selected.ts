import { SyncError } from '@holdfast/core'
import type { Values } from './client.ts'
import { isObject } from './values.ts'

/** The arguments of a write whose result has these fields too, and the result as the caller asked for it. */
export interface Selected {
  readonly args: Values
  readonly strip: (result: unknown) => unknown
}

export const withFields = (args: Values, fields: readonly string[]): Selected => {
  const { select, omit } = args
  if (isObject(select)) {
    const added = fields.filter((field) => select[field] !== true)
    const more = Object.fromEntries(added.map((field) => [field, true]))
    return { args: { ...args, select: { ...select, ...more } }, strip: without(added) }
  }
  if (!isObject(omit)) return { args, strip: (result) => result }
  const added = fields.filter((field) => omit[field] === true)
  const kept = Object.fromEntries(added.map((field) => [field, false]))
  return { args: { ...args, omit: { ...omit, ...kept } }, strip: without(added) }
}

const without =
  (fields: readonly string[]) =>
  (result: unknown): unknown => {
    if (fields.length === 0) return result
    if (Array.isArray(result)) return result.map(without(fields))
    if (!isObject(result)) return result
    return Object.fromEntries(Object.entries(result).filter(([name]) => !fields.includes(name)))
  }

/** @throws SyncError MISCONFIGURED where the client's own `omit` leaves a field out */
export const assertSelected = (model: string, fields: readonly string[], row: Values): void => {
  const missing = fields.find((field) => row[field] === undefined)
  if (missing === undefined) return
  const message = `The client's omit leaves out ${model}.${missing}, which syncExtension needs: take it out of omit, or use installTriggers.`
  throw new SyncError('MISCONFIGURED', message, { option: 'models' })
}
