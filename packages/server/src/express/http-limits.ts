import type { IncomingMessage } from 'node:http'

export interface HttpLimits {
  /** Bytes of a request body. Default 1,048,576. */
  readonly bodyBytes: number
  /** Calls that one HTTP request may bundle. Default 10. */
  readonly calls: number
}

export const defaultHttpLimits: HttpLimits = { bodyBytes: 1_048_576, calls: 10 }

/** A compressed body could be a thousand times its size once inflated; only plain ones are taken. */
export const isPlainBody = ({ headers }: IncomingMessage): boolean =>
  (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity'

/** The form that tRPC clients understand. */
export const unsupportedEncoding = {
  error: {
    message: 'UNSUPPORTED_MEDIA_TYPE',
    code: -32_015,
    data: { code: 'UNSUPPORTED_MEDIA_TYPE', httpStatus: 415 },
  },
} as const
