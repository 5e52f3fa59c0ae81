import { createHash } from 'node:crypto'

/** A well-formed operation has nothing else there. What a stranger puts there may be nested without end, or no JSON. */
const plain = (value: unknown): unknown =>
  typeof value === 'string' || typeof value === 'number' ? value : undefined

/** Of everything of an operation that is frozen once sent. Two payloads under one id differ in it. */
export const payloadHash = (operation: Readonly<Record<string, unknown>>): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        plain(operation['collection']),
        plain(operation['recordId']),
        plain(operation['type']),
        plain(operation['payload']),
        plain(operation['baseVersion']),
        ...(operation['marks'] === undefined ? [] : [plain(operation['marks'])]),
      ]),
    )
    .digest('base64url')
