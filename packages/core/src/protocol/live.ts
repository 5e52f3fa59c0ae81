import * as z from 'zod/mini'
import { count, id, list, scope, whole } from './parts.ts'
import { refusal } from './refusal.ts'

/** The most scopes that one stream tells about: they travel in a URL. */
export const maxLiveScopes = 64

export const liveInput = z.object({ protocol: z.int(), clientId: id, scopes: list(scope, maxLiveScopes) })
export type LiveInput = z.infer<typeof liveInput>

/**
 * What a live stream says. All of it may be lost, late or there twice: it only tells when to pull. Kinds that a client does
 * not know are skipped.
 */
export const liveEvent = z.union([
  /** First. From now on something comes at least every `beatMs` milliseconds. */
  z.object({ kind: z.literal('open'), beatMs: whole(1) }),
  /** The scope's feed stands at `head`, or further by now. Of each scope once after `open`, then whenever it moves. */
  z.object({ kind: z.literal('hint'), scope, head: count }),
  /** Nothing is told of this scope (any more); a pull says why. */
  z.object({ kind: z.literal('closed'), scope }),
  z.object({ kind: z.literal('beat') }),
  /** Last. The client may come back after so many milliseconds. */
  z.object({ kind: z.literal('end'), retryAfterMs: count }),
  refusal,
])
export type LiveEvent = z.infer<typeof liveEvent>
