import type { LostHistory } from './entries.ts'

/** Up to where its author saw the server's history; nothing where that is all of it. */
export const historyOf = (
  { localSeq }: { readonly localSeq: number },
  lost: LostHistory | undefined,
): { readonly history?: number } =>
  lost !== undefined && localSeq < lost.before ? { history: lost.history } : {}
