import type * as z from 'zod/v4/core'

type AnyType = z.$ZodType
type Definition = Readonly<Record<string, unknown>> & { readonly type: string }

/** Wrappers may be nested, and lazy types may hold themselves. */
const mostWrappers = 64

/** The fields of an object and their types, as `zod` and `zod/mini` both keep them. */
export const shapeOf = (fields: z.$ZodObject): z.$ZodShape => fields._zod.def.shape

export const definitionOf = (type: AnyType): Definition => type._zod.def as unknown as Definition

const isType = (value: unknown): value is AnyType =>
  typeof value === 'object' && value !== null && '_zod' in value

export const isZodObject = (value: unknown): value is z.$ZodObject =>
  isType(value) && definitionOf(value).type === 'object'

export const typesIn = (value: unknown): readonly AnyType[] => {
  if (Array.isArray(value)) return value.filter(isType)
  return isType(value) ? [value] : []
}

/** What a lazy type stands for. Zod keeps it: one that holds itself comes back as the same. */
export const lazilyIn = (type: AnyType): unknown =>
  definitionOf(type).type === 'lazy' ? (type._zod as { readonly innerType?: unknown }).innerType : undefined

/** What a type stands for, without its wrappers: one type, or the members of a union. */
export const unwrap = (type: AnyType, wrappers = 0): readonly AnyType[] => {
  const definition = definitionOf(type)
  const inner = wrappers < mostWrappers ? wrapped(type, definition) : []
  return inner.length === 0 ? [type] : inner.flatMap((each) => unwrap(each, wrappers + 1))
}

const wrapped = (type: AnyType, definition: Definition): readonly AnyType[] => {
  switch (definition.type) {
    case 'lazy':
      return typesIn(lazilyIn(type))
    case 'union':
      return typesIn(definition['options'])
    case 'intersection':
      return [...typesIn(definition['left']), ...typesIn(definition['right'])]
    case 'pipe':
      return typesIn(definition['out'])
    default:
      return typesIn(definition['innerType'])
  }
}

/** The types of a field of a nested object. Undefined: it may hold anything. */
const typesBelow = (type: AnyType, name: string): readonly AnyType[] | undefined => {
  const definition = definitionOf(type)
  switch (definition.type) {
    case 'object': {
      const shape = definition['shape'] as Readonly<Record<string, unknown>>
      return Object.hasOwn(shape, name) ? typesIn(shape[name]) : typesIn(definition['catchall'])
    }
    case 'record':
      return typesIn(definition['valueType'])
    case 'any':
    case 'unknown':
    case 'custom':
      return undefined
    default:
      return []
  }
}

/**
 * The kinds of value (zod's names for them) that the schema has at a path of a record: none where there is no such
 * field. `unknown` is among them where anything may be there.
 */
export const kindsAt = (fields: z.$ZodObject, path: string): ReadonlySet<string> => {
  let types: readonly AnyType[] = [fields]
  for (const name of path.split('.')) {
    const next: AnyType[] = []
    for (const type of types) {
      const below = typesBelow(type, name)
      if (below === undefined) return new Set(['unknown'])
      next.push(...below.flatMap((each) => unwrap(each)))
    }
    types = next
  }
  const kinds = types.map((type) => definitionOf(type).type)
  return new Set(kinds.filter((kind) => kind !== 'never'))
}
