import { createHash } from 'node:crypto'
import { z } from 'zod'
import { wireOperation } from '../../src/protocol/push.ts'
import { procedures } from '../../src/protocol/table.ts'

/** Lists whose order means nothing. */
const sets: ReadonlySet<string> = new Set(['enum', 'required'])

type Node = Readonly<Record<string, unknown>>

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isEmpty = (value: unknown): boolean => isNode(value) && Object.keys(value).length === 0

const kindOf = (option: unknown): unknown => {
  const { kind } = isNode(option) && isNode(option['properties']) ? option['properties'] : {}
  return isNode(kind) ? kind['const'] : undefined
}

/** One form for what zod can say in two. */
const inOneForm = ({ anyOf, ...node }: Node): Node => {
  if (Array.isArray(anyOf)) {
    const kinds = new Set(anyOf.map(kindOf))
    const isToldApart = !kinds.has(undefined) && kinds.size === anyOf.length
    return { ...node, [isToldApart ? 'oneOf' : 'anyOf']: anyOf }
  }
  if (node['type'] === 'null') return { type: 'null' }
  // An object of which nothing is known is a record of anything.
  const { properties, ...open } = node
  const isRecord = isEmpty(properties) && isEmpty(node['additionalProperties'])
  return isRecord ? { ...open, propertyNames: { type: 'string' } } : node
}

/** The same text for the same schema, whatever the order in which it was written down. */
const stable = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) {
    return sets.has(key) ? value.map(String).sort() : value.map((member) => stable(member))
  }
  if (!isNode(value)) return value
  const entries = Object.entries(inOneForm(value)).map(([name, member]): [string, unknown] => [
    name,
    stable(member, name),
  ])
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)))
}

const describe = (schema: z.core.$ZodType): unknown => z.toJSONSchema(schema, { io: 'input' })

/** All that a peer can see of the wire, as JSON schemas. */
export const wireSchemas = (): unknown => ({
  operation: describe(wireOperation),
  procedures: Object.fromEntries(
    Object.entries(procedures).map(([name, { type, input, output }]) => [
      name,
      { type, input: describe(input), output: describe(output) },
    ]),
  ),
})

export const fingerprintOf = (schemas: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(stable(schemas)))
    .digest('hex')
