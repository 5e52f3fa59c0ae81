import type { IncomingMessage } from 'node:http'

export interface HttpLimits {
  /** Bytes of a request body; of pushes, preflights, and the app's own procedures. Default 1,048,576. */
  readonly bodyBytes: number
  /**
   * Bytes of the body of a call of `pull`, `snapshot`, `resume` or `live`, which come without one. The longest input that
   * their schemas take has 11,000 (of plain characters). Default 16,384.
   */
  readonly smallBodyBytes: number
  /** Calls that one HTTP request may bundle. Its body may have what they may have together, up to `bodyBytes`. Default 10. */
  readonly calls: number
}

export const defaultHttpLimits: HttpLimits = { bodyBytes: 1_048_576, smallBodyBytes: 16_384, calls: 10 }

/** A compressed body could be a thousand times its size once inflated; only plain ones are taken. */
export const isPlainBody = ({ headers }: IncomingMessage): boolean =>
  (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity'

/** As far as the head of the request says it: what comes in chunks is counted while it comes. */
export const isWithin = ({ headers }: IncomingMessage, bytes: number): boolean =>
  !(Number(headers['content-length']) > bytes)

/** In the form that tRPC clients understand. */
const refusal = (name: string, code: number, httpStatus: number) => ({
  status: httpStatus,
  body: { error: { message: name, code, data: { code: name, httpStatus } } },
})

export const unsupportedEncoding = refusal('UNSUPPORTED_MEDIA_TYPE', -32_015, 415)
export const bodyTooLarge = refusal('PAYLOAD_TOO_LARGE', -32_013, 413)
