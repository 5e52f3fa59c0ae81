import { rulesOf } from './rules.ts'
import { parseData, type Data } from './values.ts'

/** An operation as the model sees it. */
export interface ModelOperation {
  readonly id: string
  readonly collection: string
  readonly recordId: string
  readonly type: string
  readonly payload: string
  readonly baseVersion: number
  readonly timestamp: number
  readonly history?: number | undefined
}

export type Applied =
  | { readonly kind: 'record'; readonly data: Data }
  | { readonly kind: 'none' }
  | { readonly kind: 'misfit'; readonly code: 'DEPENDENCY' | 'INVALID' }

/** One operation on one record, by itself. */
export const applyTo = (
  before: Data | undefined,
  { collection, type, payload }: Pick<ModelOperation, 'collection' | 'type' | 'payload'>,
): Applied => {
  const { named, fits, required, defaults } = rulesOf(collection)
  const isWhole = (data: Data): boolean => required.every((field) => data[field] !== undefined)
  const judged = (given: Data): Applied => {
    const data = { ...defaults, ...given }
    return isWhole(data) && fits(data) ? { kind: 'record', data } : { kind: 'misfit', code: 'INVALID' }
  }
  if (type === 'create') return judged(parseData(payload))
  if (before === undefined) return { kind: 'misfit', code: 'DEPENDENCY' }
  if (type === 'delete') return { kind: 'none' }
  if (type === 'update') return judged({ ...before, ...parseData(payload) })
  // It stays as it is until it has arrived.
  if (type === 'move') return { kind: 'record', data: before }
  const operation = named[type]
  if (operation === undefined) throw new Error(`The model knows no operation ${collection}.${type}.`)
  return judged(operation.run(before, parseData(payload)))
}
