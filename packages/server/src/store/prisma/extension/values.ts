import type { Values } from './client.ts'

export const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null

export const listOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

/** A text, or what sets one. */
export const textIn = (value: unknown): string | undefined => {
  const given = isObject(value) ? value['set'] : value
  return typeof given === 'string' ? given : undefined
}
