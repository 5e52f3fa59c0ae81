import type * as z from 'zod/v4/core'
import { definitionOf, typesIn, unwrap } from './field-types.ts'

/** What a type is without its wrappers; with a key or an index: what it says of that member. */
export const typesAt = (type: z.$ZodType, member?: string | number): readonly z.$ZodType[] =>
  (member === undefined ? [type] : below(type, member)).flatMap((each) => unwrap(each))

const below = (type: z.$ZodType, member: string | number): readonly z.$ZodType[] => {
  const definition = definitionOf(type)
  switch (definition.type) {
    case 'object': {
      const shape = definition['shape'] as Readonly<Record<string, unknown>>
      return typesIn(Object.hasOwn(shape, member) ? shape[member] : definition['catchall'])
    }
    case 'record':
      return typesIn(definition['valueType'])
    case 'array':
      return typesIn(definition['element'])
    case 'tuple':
      return [...typesIn(definition['items']), ...typesIn(definition['rest'])]
    default:
      return []
  }
}

/** The longest text that one of the types declares; 0 where none does. */
export const declaredText = (types: readonly z.$ZodType[]): number => Math.max(0, ...types.map(longest))

const longest = (type: z.$ZodType): number => {
  const definition = definitionOf(type)
  switch (definition.type) {
    case 'string':
      return Math.max(0, ...(type._zod.def.checks ?? []).map(lengthOf))
    case 'literal':
    case 'enum':
      // Each text that it takes is written out.
      return Number.MAX_SAFE_INTEGER
    default:
      return 0
  }
}

const lengthOf = (check: z.$ZodCheck): number => {
  const { maximum, length } = check._zod.def as { readonly maximum?: unknown; readonly length?: unknown }
  return typeof maximum === 'number' ? maximum : typeof length === 'number' ? length : 0
}

/** How many keys an object of the schema names. */
export const declaredKeys = (types: readonly z.$ZodType[]): number =>
  Math.max(
    0,
    ...types.map((type) => {
      const definition = definitionOf(type)
      return definition.type === 'object' ? Object.keys(definition['shape'] as object).length : 0
    }),
  )

/** The longest key that an object of the schema names, or a record declares. */
export const declaredKeyLength = (types: readonly z.$ZodType[]): number =>
  Math.max(
    0,
    ...types.flatMap((type) => {
      const definition = definitionOf(type)
      if (definition.type === 'record')
        return [declaredText(typesIn(definition['keyType']).flatMap((each) => unwrap(each)))]
      if (definition.type !== 'object') return []
      return Object.keys(definition['shape'] as object).map((key) => key.length)
    }),
  )
