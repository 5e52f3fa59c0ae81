import type * as z from 'zod/v4/core'
import { definitionOf, lazilyIn, typesIn } from './field-types.ts'

/** The parts of a zod type that hold other types. */
const nested = [
  ...['innerType', 'element', 'valueType', 'keyType', 'left', 'right'],
  ...['in', 'out', 'rest', 'catchall', 'options', 'items'],
]

/**
 * True when a type changes values in a way that a second parse would repeat (`transform`, `preprocess`, codecs). A
 * record is parsed again after each change of it, on the device and on the server, so such a type can't be a field.
 */
export const hasTransform = (type: z.$ZodType, seen: Set<z.$ZodType> = new Set()): boolean => {
  if (seen.has(type)) return false
  seen.add(type)
  const definition = definitionOf(type)
  // A codec is a pipe that transforms by itself.
  if (definition.type === 'transform' || typeof definition['transform'] === 'function') return true
  const parts = [
    lazilyIn(type),
    ...nested.map((name) => definition[name]),
    ...Object.values((definition['shape'] ?? {}) as Readonly<Record<string, unknown>>),
  ]
  return parts.flatMap(typesIn).some((part) => hasTransform(part, seen))
}
