import type { z } from 'zod'

/** The parts of a zod type that hold other types. */
const nested = ['innerType', 'element', 'valueType', 'keyType', 'left', 'right', 'in', 'out', 'rest'] as const
const lists = ['options', 'items'] as const

const membersOf = (shape: object): readonly unknown[] => Object.values(shape)

const isType = (value: unknown): value is z.core.$ZodType =>
  typeof value === 'object' && value !== null && '_zod' in value

/**
 * True when a type changes values in a way that a second parse would repeat (`transform`, `preprocess`, codecs). A
 * record is parsed again after each change of it, on the device and on the server, so such a type can't be a field.
 */
export const hasTransform = (type: z.core.$ZodType, seen: Set<z.core.$ZodType> = new Set()): boolean => {
  if (seen.has(type)) return false
  seen.add(type)
  const definition = type._zod.def as unknown as Readonly<Record<string, unknown>>
  if (definition['type'] === 'transform') return true
  const shape = definition['shape']
  const children: readonly unknown[] = [
    ...nested.map((name) => definition[name]),
    ...lists.flatMap((name) =>
      Array.isArray(definition[name]) ? (definition[name] as readonly unknown[]) : [],
    ),
    ...(typeof shape === 'object' && shape !== null ? membersOf(shape) : []),
  ]
  return children.some((child) => isType(child) && hasTransform(child, seen))
}
