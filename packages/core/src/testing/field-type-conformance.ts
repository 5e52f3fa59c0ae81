import * as z from 'zod/v4/core'
import type { Portable } from '../base/portable.ts'
import { fieldTypeOf, type FieldType, type TypedField, type Wanted } from '../model/field-type.ts'
import { hostileRules } from './field-type-conformance/hostile-rules.ts'
import { lawRules } from './field-type-conformance/law-rules.ts'
import { orderRules } from './field-type-conformance/order-rules.ts'
import { purityRules } from './field-type-conformance/purity-rules.ts'
import type {
  FieldTypeContext,
  FieldTypePromise,
  FieldTypeRule,
  Wishes,
} from './field-type-conformance/rule.ts'
import { wishRules } from './field-type-conformance/wish-rules.ts'
import { createSeededRandom } from './simulation/seeded-random.ts'

/** A type, or a zod type that carries one: then its values are also held to that. */
export type FieldOfType = FieldType | (z.$ZodType & TypedField)

export interface FieldTypeConformanceOptions {
  /** The runner of any test framework, e.g. vitest's `test`. */
  readonly test: (name: string, run: () => Promise<void>) => void
  /** Makes the type, as each device and the server does for itself. */
  readonly field: () => FieldOfType
  /** What users may ask of a field; drawn from the given randomness alone. */
  readonly wishes: Wishes
  /**
   * The value that a wish comes to, for one who is alone, said in other words than the type's own. Default: of a value
   * that is set, that value; of a change, anything.
   */
  readonly effect?: (before: Portable, wanted: Wanted) => Portable | undefined
  /**
   * False: what concurrent deltas come to depends on the server's order (operational transformation). Such a type is not
   * held to the laws of merging, but the order has to count. Default: true.
   */
  readonly commutative?: boolean
  /**
   * False: of a delta whose forerunner never arrived there may be nothing that could be shown; then its author is told.
   * Default: true.
   */
  readonly alwaysShown?: boolean
  /** More things that are no delta of this type, however much they look like one. */
  readonly hostile?: readonly Portable[]
  /** Histories of each rule. Default: 100. */
  readonly runs?: number
  /** Other seeds give other histories; the same seed always the same. */
  readonly seed?: string
}

/** All rules, in the order of their numbers. `docs/spec/model.md` lists them in the same words. */
export const fieldTypeRules: readonly FieldTypeRule[] = [
  ...purityRules,
  ...wishRules,
  ...lawRules,
  ...hostileRules,
  ...orderRules,
]

const isSchema = (field: FieldOfType): field is z.$ZodType & TypedField => '_zod' in field

const typeIn = (field: FieldOfType): FieldType => {
  if (!isSchema(field)) return field
  const type = fieldTypeOf(field)
  if (type === undefined)
    throw new TypeError('This zod type carries no field type: make it with defineField.')
  return type
}

/** The rules that a type is held to, by what is said of it, and what it says itself. */
export const promisedFieldTypeRules = ({
  field,
  commutative = true,
  alwaysShown = true,
}: Pick<FieldTypeConformanceOptions, 'field' | 'commutative' | 'alwaysShown'>): readonly FieldTypeRule[] => {
  const promises: readonly FieldTypePromise[] = [
    commutative ? 'commutes' : 'ordered',
    ...(alwaysShown ? (['alwaysShown'] as const) : []),
    ...(typeIn(field()).ignoresTime === true ? (['ignoresTime'] as const) : []),
  ]
  return fieldTypeRules.filter(({ promise }) => promise === undefined || promises.includes(promise))
}

const setValue = (_before: Portable, wanted: Wanted): Portable | undefined =>
  wanted.kind === 'set' ? wanted.value : undefined

/** Registers one test for each rule that the type promises: `promisedFieldTypeRules` tells which. */
export const fieldTypeConformance = (options: FieldTypeConformanceOptions): void => {
  const { test, field, runs = 100, seed = 'fields' } = options
  for (const { id, title, check } of promisedFieldTypeRules(options)) {
    test(`[${id}] ${title}`, async () => {
      const schema = field()
      const context: FieldTypeContext = {
        make: () => typeIn(field()),
        check(value) {
          if (!isSchema(schema)) return undefined
          return z
            .safeParse(schema, value)
            .error?.issues.map(({ message }) => message)
            .join('; ')
        },
        wishes: options.wishes,
        effect: options.effect ?? setValue,
        commutative: options.commutative ?? true,
        hostile: options.hostile ?? [],
        eachRun(run) {
          for (let index = 0; index < runs; index += 1) {
            try {
              run(createSeededRandom(`${seed}/${id}/${index}`))
            } catch (error) {
              throw new Error(`Run ${index} of the seed "${seed}": ${String(error)}`, { cause: error })
            }
          }
        },
      }
      await Promise.resolve(check(context))
    })
  }
}
