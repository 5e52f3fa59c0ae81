import type * as z from 'zod/v4/core'

/** The parts of a zod type that hold other types. */
const nested = [
  'innerType',
  'element',
  'valueType',
  'keyType',
  'left',
  'right',
  'in',
  'out',
  'rest',
  'catchall',
] as const
const lists = ['options', 'items'] as const

const membersOf = (shape: object): readonly unknown[] => Object.values(shape)

const isType = (value: unknown): value is z.$ZodType =>
  typeof value === 'object' && value !== null && '_zod' in value

/**
 * True when a type changes values in a way that a second parse would repeat (`transform`, `preprocess`, codecs). A
 * record is parsed again after each change of it, on the device and on the server, so such a type can't be a field.
 */
export const hasTransform = (type: z.$ZodType, seen: Set<z.$ZodType> = new Set()): boolean => {
  if (seen.has(type)) return false
  seen.add(type)
  const definition = type._zod.def as unknown as Readonly<Record<string, unknown>>
  // A codec is a pipe that transforms by itself.
  if (definition['type'] === 'transform' || typeof definition['transform'] === 'function') return true
  const shape = definition['shape']
  const children: readonly unknown[] = [
    // Zod keeps what a lazy type stands for: one that holds itself comes back as the same.
    definition['type'] === 'lazy' ? (type._zod as { readonly innerType?: unknown }).innerType : undefined,
    ...nested.map((name) => definition[name]),
    ...lists.flatMap((name) =>
      Array.isArray(definition[name]) ? (definition[name] as readonly unknown[]) : [],
    ),
    ...(typeof shape === 'object' && shape !== null ? membersOf(shape) : []),
  ]
  return children.some((child) => isType(child) && hasTransform(child, seen))
}
