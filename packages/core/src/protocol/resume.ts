import * as z from 'zod/mini'
import { decided, id, list, none, scope, time, token } from './parts.ts'
import { refusal } from './refusal.ts'
import { verdict } from './verdict.ts'

/** The most operation ids that one resume may ask for. */
export const maxResumeIds = 100

/** Asks for verdicts that the client may have missed: of named operations, or of all since a token. */
export const resumeInput = z.object({
  protocol: z.int(),
  clientId: id,
  scope,
  ids: z.optional(list(id, maxResumeIds)),
  /**
   * Under which numbers the client sent these operations, in the order of `ids`. Where another operation holds one of
   * them the request is refused CLIENT_FORKED.
   */
  clientSeqs: z.optional(list(z.int().check(z.minimum(1)), maxResumeIds)),
  resumeToken: z.optional(token),
})
export type ResumeInput = z.infer<typeof resumeInput>

const answer = z.object({
  kind: z.literal('answer'),
  /** In the order asked. Null: not decided (unknown here). */
  verdicts: z.array(z.object({ id, verdict: z.union([verdict, none]) })),
  decided,
  /** Verdicts on operations with an earlier timestamp may be forgotten: null says nothing of them. Absent: none are. */
  forgotBefore: z.optional(time),
  resumeToken: token,
  serverTime: time,
})
export type ResumeAnswer = z.infer<typeof answer>

export const resumeOutput = z.union([answer, refusal])
export type ResumeOutput = z.infer<typeof resumeOutput>
