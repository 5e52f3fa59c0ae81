import type * as z from 'zod/v4/core'
import { definitionOf, lazilyIn, typesIn } from './field-types.ts'

/** The parts of a zod type that hold other types. */
const nested = [
  ...['innerType', 'element', 'valueType', 'keyType', 'left', 'right'],
  ...['in', 'out', 'rest', 'catchall', 'options', 'items'],
]

/** Whether `test` holds for a type, or for one that it is made of. */
export const holdsWithin = (
  type: z.$ZodType,
  test: (type: z.$ZodType) => boolean,
  seen: Set<z.$ZodType> = new Set(),
): boolean => {
  if (seen.has(type)) return false
  seen.add(type)
  if (test(type)) return true
  const definition = definitionOf(type)
  const parts = [
    lazilyIn(type),
    ...nested.map((name) => definition[name]),
    ...Object.values((definition['shape'] ?? {}) as Readonly<Record<string, unknown>>),
  ]
  return parts.flatMap(typesIn).some((part) => holdsWithin(part, test, seen))
}

/**
 * True of a type that changes values in a way that a second parse would repeat (`transform`, `preprocess`, codecs). A
 * record is parsed again after each change of it, on the device and on the server, so no field can be made of such.
 */
export const isTransform = (type: z.$ZodType): boolean => {
  const definition = definitionOf(type)
  // A codec is a pipe that transforms by itself.
  return definition.type === 'transform' || typeof definition['transform'] === 'function'
}
