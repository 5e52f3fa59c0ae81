/**
 * Which revisions a handle has heard of. Every commit raises the revision by one, so a number that is missing belongs
 * to a commit that nobody told of: its tab ended first, or can't tell.
 */
export interface RevisionLedger {
  /** Takes a revision. False: it was covered already. */
  note(revision: number): boolean
  /** True while a revision up to this one is missing. */
  lacks(revision: number): boolean
  /** From here on nothing up to this revision is missing. */
  cover(revision: number): void
  /** How many revisions wait behind the first that is missing. */
  readonly ahead: number
}

export const createRevisionLedger = (start: number): RevisionLedger => {
  let covered = start
  const ahead = new Set<number>()
  const advance = (): void => {
    while (ahead.delete(covered + 1)) covered += 1
  }
  return {
    note(revision) {
      if (revision <= covered || ahead.has(revision)) return false
      ahead.add(revision)
      advance()
      return true
    },
    lacks: (revision) => covered < revision,
    cover(revision) {
      covered = Math.max(covered, revision)
      for (const each of [...ahead]) if (each <= covered) ahead.delete(each)
      advance()
    },
    get ahead() {
      return ahead.size
    },
  }
}
