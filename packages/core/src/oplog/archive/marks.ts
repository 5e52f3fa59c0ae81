/** At this time everything was decided that was stored by this revision. Oldest first. */
export interface Mark {
  /** By the server's clock. */
  readonly at: number
  readonly revision: number
  /** About how many operations of the scope had been decided, ever. */
  readonly decided: number
}

/** Marks are so far apart that a span of time has about so many of them. */
const marksPerSpan = 30

/** Whether something was decided that no mark tells of. */
export const isMarkDue = (marks: readonly Mark[], decided: number): boolean =>
  marks.at(-1)?.decided !== decided

/**
 * With one more mark. It takes the place of the newest where it is close to the one before that too, and of the marks that are
 * older than the span the newest is enough.
 */
export const withMark = (marks: readonly Mark[], mark: Mark, span: number): readonly Mark[] => {
  const before = marks.at(-2)
  const isClose = before !== undefined && mark.at - before.at < span / marksPerSpan
  const all = [...(isClose ? marks.slice(0, -1) : marks), mark]
  const firstUseful = all.findLastIndex(({ at }) => at <= mark.at - span)
  return firstUseful === -1 ? all : all.slice(firstUseful)
}

/** What was stored by this revision was decided at that time or before; 0: nothing is known to be so old. */
export const revisionAt = (marks: readonly Mark[], time: number): number =>
  marks.findLast(({ at }) => at <= time)?.revision ?? 0
