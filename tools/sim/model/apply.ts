import { rulesOf } from './rules.ts'
import { partsOf, ranOn, typedAfter } from './typed.ts'
import { parseData, visible, type Data } from './values.ts'

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

export type Change = Pick<ModelOperation, 'id' | 'collection' | 'type' | 'payload' | 'timestamp'>

/** One operation on one record, by itself. */
export const applyTo = (before: Data | undefined, change: Change): Applied => {
  const { collection, type, payload } = change
  const { named, fits, required, defaults, kinds = {} } = rulesOf(collection)
  const isWhole = (data: Data): boolean => required.every((field) => data[field] !== undefined)
  const judged = (given: Data): Applied => {
    const data = { ...defaults, ...given }
    return isWhole(data) && fits(visible(data))
      ? { kind: 'record', data }
      : { kind: 'misfit', code: 'INVALID' }
  }
  if (type === 'create') {
    const { registers, deltas } = partsOf(payload)
    return judged({ ...registers, ...typedAfter(kinds, before, deltas, change) })
  }
  if (before === undefined) return { kind: 'misfit', code: 'DEPENDENCY' }
  if (type === 'delete') return { kind: 'none' }
  if (type === 'update') {
    const { registers, deltas } = partsOf(payload)
    return judged({ ...before, ...registers, ...typedAfter(kinds, before, deltas, change) })
  }
  // It stays as it is until it has arrived.
  if (type === 'move') return { kind: 'record', data: before }
  const operation = named[type]
  if (operation === undefined) throw new Error(`The model knows no operation ${collection}.${type}.`)
  return judged(ranOn(kinds, before, (seen) => operation.run(seen, parseData(payload)), change))
}
