import { decodePortable } from '../base/codec.ts'
import { SyncError } from '../base/errors.ts'
import { isObject, ownMember } from '../base/objects.ts'
import { putType } from './put.ts'

/**
 * How long something is worth having: milliseconds, a text such as `'24h'` (`s`, `m`, `h`, `d`), `Infinity`. `'drop'`, of
 * operations: sent at once or not at all.
 */
export type Lifetime = number | 'drop' | Span
export type Span = `${number}${keyof typeof units}`

/** An operation as a predicate sees it. */
export interface LivingOperation {
  readonly type: string
  /** What was written: the record, the patch, or the input; without fields that have a type of their own. */
  readonly payload: unknown
}

export interface LifetimeOptions {
  /** Of operations that nothing else is said about. Default: `Infinity`. */
  readonly operations?: Lifetime
  /** By type: `create`, `update`, `delete`, `move`, or a named operation. */
  readonly types?: Readonly<Record<string, Lifetime>>
  /** Comes first; undefined where it has nothing to say. Pure: devices and servers ask it. */
  when?(operation: LivingOperation): Lifetime | undefined
  /** Of records, since they were last changed. Default: `Infinity`. */
  readonly records?: Exclude<Lifetime, 'drop'>
}

/** Of a collection: of its operations alone, or all that there is to say. */
export type CollectionLifetime = Lifetime | LifetimeOptions

interface Living {
  readonly lifetime?: CollectionLifetime
  readonly fieldTypes?: Readonly<Record<string, unknown>>
}

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const spanRule = /^(\d+(?:\.\d+)?)([smhd])$/

/** Milliseconds, or `drop`; undefined for what is no lifetime. */
const read = (lifetime: unknown): number | 'drop' | undefined => {
  if (lifetime === 'drop') return lifetime
  if (typeof lifetime === 'number') return lifetime > 0 ? lifetime : undefined
  const [, count = '', unit = ''] = (typeof lifetime === 'string' && spanRule.exec(lifetime)) || []
  const ms = Number(count) * (ownMember(units, unit) ?? 0)
  return ms > 0 ? ms : undefined
}

const optionsOf = ({ lifetime = Infinity }: Living): LifetimeOptions =>
  isObject(lifetime) ? lifetime : { operations: lifetime as Lifetime }

/** How long an operation lives: milliseconds, `Infinity`, or `drop`. */
export const operationLifetime = (
  definition: Living,
  { type, payload }: { readonly type: string; readonly payload: string },
): number | 'drop' => lifetimeOfWrite(definition, { type, payload: decodePortable(payload) })

/** The same of a write: fields with a type of their own are left out. */
export const lifetimeOfWrite = (definition: Living, { type, payload }: LivingOperation): number | 'drop' => {
  const options = optionsOf(definition)
  const chosen = options.when?.({ type, payload: written(definition, type, payload) })
  const byType = ownMember(options.types ?? {}, type === putType ? 'update' : type)
  return read(chosen ?? byType ?? options.operations) ?? Infinity
}

const plainTypes: ReadonlySet<string> = new Set(['create', 'update', putType])

/** Of a plain write the fields that are settled by a strategy: what else it carries has many forms. */
const written = ({ fieldTypes = {} }: Living, type: string, value: unknown): unknown => {
  if (!plainTypes.has(type) || !isObject(value)) return value
  const isPlain = (field: string): boolean => !field.startsWith('$') && !Object.hasOwn(fieldTypes, field)
  return Object.fromEntries(Object.entries(value).filter(([field]) => isPlain(field)))
}

/** How long a record lives after it was last changed. */
export const recordLifetime = (definition: Living): number => {
  if (definition.lifetime === undefined) return Infinity
  const lifetime = read(optionsOf(definition).records)
  return typeof lifetime === 'number' ? lifetime : Infinity
}

/** False where no operation of the collection ever expires. */
export const hasMortalOperations = (definition: Living): boolean => {
  if (definition.lifetime === undefined) return false
  const { operations, types = {}, when } = optionsOf(definition)
  return (
    when !== undefined ||
    [operations, ...Object.values(types)].some((one) => (read(one) ?? Infinity) !== Infinity)
  )
}

/** @throws SyncError MISCONFIGURED */
export const checkLifetime = (name: string, definition: Living, types: ReadonlySet<string>): void => {
  const option = `collections.${name}.lifetime`
  const check = (what: string, lifetime: unknown, known: boolean): void => {
    if (lifetime === undefined || known) return
    const message = `${what} of "${name}" must be Infinity, a positive number of milliseconds, or a text such as '24h'.`
    throw new SyncError('MISCONFIGURED', message, { option })
  }
  const { operations, types: byType = {}, records, when } = optionsOf(definition)
  check('The lifetime of operations', operations, read(operations) !== undefined)
  check('The lifetime of records', records, typeof read(records) === 'number')
  check('The predicate', when, typeof when === 'function')
  for (const [type, lifetime] of Object.entries(byType)) {
    check(`The lifetime of ${type}`, lifetime, read(lifetime) !== undefined)
    if (types.has(type)) continue
    throw new SyncError('MISCONFIGURED', `"${name}" has a lifetime for "${type}", and no such operation.`, {
      option,
    })
  }
}
