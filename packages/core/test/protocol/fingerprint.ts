import { createHash } from 'node:crypto'
import { z } from 'zod'
import { wireOperation } from '../../src/protocol/push.ts'
import { procedures } from '../../src/protocol/table.ts'

/** Lists whose order means nothing. */
const sets: ReadonlySet<string> = new Set(['enum', 'required'])

/** The same text for the same schema, whatever the order in which it was written down. */
const stable = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) {
    return sets.has(key) ? value.map(String).sort() : value.map((member) => stable(member))
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, member]): [string, unknown] => [
    name,
    stable(member, name),
  ])
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)))
}

/** An object of which nothing is known is a record of anything, whichever way it was written down. */
const asRecord = ({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void => {
  const { properties, additionalProperties } = jsonSchema
  const isOpen = typeof additionalProperties === 'object' && Object.keys(additionalProperties).length === 0
  if (!isOpen || properties === undefined || Object.keys(properties).length > 0) return
  delete jsonSchema.properties
  jsonSchema.propertyNames = { type: 'string' }
}

const describe = (schema: z.core.$ZodType): unknown =>
  z.toJSONSchema(schema, { io: 'input', override: asRecord })

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
