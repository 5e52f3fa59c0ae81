import { isObject } from '../base/objects.ts'

/** tRPC's own shape. An app's formatter may add what superjson annotates; nothing of that is read here. */
const isErrorShape = (json: unknown): boolean => isObject(json) && typeof json['code'] === 'number'

/**
 * What superjson makes of plain JSON, which is all that our messages are: a page need not load the library for that.
 * Annotations (`meta`) are never followed; an answer that has some is not from a Holdfast server.
 */
export const superjsonEnvelope = {
  serialize: (json: unknown): unknown => ({ json }),
  deserialize(message: unknown): unknown {
    if (!isObject(message) || !('json' in message)) throw new Error('This is not a superjson message.')
    const { json, meta } = message
    if (meta !== undefined && !isErrorShape(json)) throw new Error('This answer is not plain JSON.')
    return json
  },
}
