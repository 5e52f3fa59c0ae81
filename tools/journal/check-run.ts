import type { ServerStore } from '@holdfast/server'
import type { Told } from './attempt.ts'
import { compareStore } from './compare-store.ts'
import type { Finding } from './finding.ts'
import { readCommits } from './read-commits.ts'
import { settleAttempts } from './settle-attempts.ts'

export interface RunCheck {
  readonly findings: readonly Finding[]
  readonly commits: number
  /** Attempts whose process did not tell that they were committed. */
  readonly untold: number
  readonly operations: number
}

/** Holds what the processes of a run told against the promises, and against the database that they left behind. */
export const checkRun = async (told: Told, store: ServerStore): Promise<RunCheck> => {
  const commits = await settleAttempts(told, store)
  const { findings, scopes } = readCommits(commits)
  return {
    findings: [...findings, ...(await compareStore(scopes, store))],
    commits: commits.length,
    untold: told.attempts.length - told.committed.size,
    operations: [...scopes.values()].reduce((sum, { operations }) => sum + operations.size, 0),
  }
}
