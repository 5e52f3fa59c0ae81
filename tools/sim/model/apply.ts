import { isCreation, unwrittenIn } from './ages.ts'
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
  /** What it does to a field with a type of its own builds on what is not there. */
  | { readonly kind: 'unplaced' }

export type Change = Pick<ModelOperation, 'id' | 'collection' | 'type' | 'payload' | 'timestamp'>

/**
 * One operation on one record, by itself.
 * @param version the one that the record gets by it
 */
export const applyTo = (before: Data | undefined, change: Change, version: number): Applied => {
  const { collection, type, payload } = change
  const writer = { ...change, version }
  const unwritten = unwrittenIn(change)
  const { named, fits, required, defaults, kinds = {} } = rulesOf(collection)
  const isWhole = (data: Data): boolean => required.every((field) => data[field] !== undefined)
  const judged = (given: Data): Applied => {
    const data = { ...defaults, ...given }
    return isWhole(data) && fits(visible(data))
      ? { kind: 'record', data }
      : { kind: 'misfit', code: 'INVALID' }
  }
  const edited = (known: Data): Applied => {
    const { registers: said, deltas } = partsOf(payload)
    const registers = Object.fromEntries(Object.entries(said).filter(([field]) => !unwritten.includes(field)))
    const typed = typedAfter(kinds, before, deltas, writer)
    if (typed === 'missing') return { kind: 'unplaced' }
    return typeof typed === 'string'
      ? { kind: 'misfit', code: 'INVALID' }
      : judged({ ...known, ...registers, ...typed })
  }
  if (isCreation(change)) return edited({})
  if (before === undefined) return { kind: 'misfit', code: 'DEPENDENCY' }
  if (type === 'create')
    return edited(Object.fromEntries(Object.entries(before).filter(([field]) => unwritten.includes(field))))
  if (type === 'delete') return { kind: 'none' }
  if (type === 'update' || type === 'put') return edited(before)
  // It stays as it is until it has arrived.
  if (type === 'move') return { kind: 'record', data: before }
  const operation = named[type]
  if (operation === undefined) throw new Error(`The model knows no operation ${collection}.${type}.`)
  return judged(ranOn(kinds, before, (seen) => operation.run(seen, parseData(payload)), writer))
}
