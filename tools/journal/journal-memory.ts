import type { Attempt, JournalSink, Told } from './attempt.ts'

/** A journal of processes that die only in play. */
export const createJournalMemory = (): JournalSink & { readonly told: () => Told } => {
  const attempts: Attempt[] = []
  const committed = new Set<string>()
  return {
    attempt: (attempt) => void attempts.push(attempt),
    committed: (id) => void committed.add(id),
    told: () => ({ attempts, committed }),
  }
}
