import { createHash } from 'node:crypto'

/** Of everything of an operation that is frozen once sent. Two payloads under one id differ in it. */
export const payloadHash = (operation: Readonly<Record<string, unknown>>): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        operation['collection'],
        operation['recordId'],
        operation['type'],
        operation['payload'],
        operation['baseVersion'],
        ...(operation['marks'] === undefined ? [] : [operation['marks']]),
      ]),
    )
    .digest('base64url')
