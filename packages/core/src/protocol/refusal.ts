import * as z from 'zod/mini'
import { dispositions, type ErrorCode, type SyncError } from '../base/errors.ts'

/** Any error's code. */
export const code = z.literal(Object.keys(dispositions) as [ErrorCode, ...ErrorCode[]])

/**
 * A typed no to a whole request. It travels as an answer and not as a tRPC error, because the host app's
 * error formatter would drop what it carries. `details` are those of the code (see `ErrorDetails`).
 */
export const refusal = z.object({
  kind: z.literal('refused'),
  code,
  message: z.string(),
  details: z.looseObject({}),
})
export type Refusal = z.infer<typeof refusal>

export const errorToRefusal = (error: SyncError): Refusal => ({
  kind: 'refused',
  code: error.code,
  message: error.message,
  details: { ...error.details },
})
