import type { ErrorCode } from '@holdfast/core'
import { isMoment } from './moment.ts'
import type { PageFigures, PushFigures } from './events.ts'

/** What of any answer counts here. */
export interface Answered {
  readonly kind: 'answer' | 'refused'
  readonly code?: ErrorCode
  readonly details?: { readonly reason?: string }
  readonly results?: readonly { readonly kind: string }[]
  readonly page?: { readonly head: number }
  readonly changes?: readonly Dated[]
  readonly rows?: readonly Dated[]
  readonly hasMore?: boolean
  readonly pageToken?: string | undefined
  readonly head?: number
}

interface Dated {
  readonly updatedAt: number
}

export const figuresOf = (
  input: unknown,
  answer: Answered,
  now: number,
): { readonly push?: PushFigures; readonly page?: PageFigures } => {
  if (answer.kind === 'refused') return {}
  const { results, page, changes, rows, head = 0 } = answer
  if (results !== undefined) {
    const oldest = Math.min(now, ...timestampsIn(input))
    const push = {
      operations: results.length,
      results: countKinds(results),
      head: page?.head ?? 0,
      oldestMs: now - oldest,
    }
    return { push }
  }
  const records = changes ?? rows
  if (records === undefined) return {}
  const oldestMs = now - Math.min(now, ...records.map(({ updatedAt }) => updatedAt))
  const hasMore = answer.hasMore ?? answer.pageToken !== undefined
  return { page: { records: records.length, hasMore, head, oldestMs } }
}

const countKinds = (results: readonly { readonly kind: string }[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { kind } of results) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** Of a request that was answered; single operations may be anything. */
const timestampsIn = (input: unknown): readonly number[] => {
  const { operations } = input as {
    readonly operations: readonly ({ readonly timestamp?: unknown } | null)[]
  }
  return operations.map((operation) => operation?.timestamp).filter(isMoment)
}

/** The scope that a request names, if it could be one. */
export const scopeIn = (input: unknown): string | undefined => {
  const scope: unknown = (input as { readonly scope?: unknown } | null | undefined)?.scope
  return typeof scope === 'string' && scope.length <= 128 ? scope : undefined
}
