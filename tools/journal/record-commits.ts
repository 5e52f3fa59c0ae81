import { randomUUID } from 'node:crypto'
import type { Changes, ServerStore, WriteTransaction } from '@holdfast/server'
import type { JournalSink, Part } from './attempt.ts'

/**
 * A store that keeps a journal of what it commits. Any store can be wrapped, in any process: what a killed process
 * could not tell any more is asked of the database afterwards (`settleAttempts`).
 */
export const recordCommits = <TDatabase>(
  store: ServerStore<TDatabase>,
  sink: JournalSink,
): ServerStore<TDatabase> => {
  interface Watched {
    readonly tx: WriteTransaction<TDatabase>
    readonly part: () => Part
  }

  const watch = (scope: string, tx: WriteTransaction<TDatabase>): Watched => {
    const saved: Changes[] = []
    return {
      tx: {
        ...tx,
        async save(changes) {
          await tx.save(changes)
          saved.push(changes)
        },
      },
      part: () => ({ scope, before: tx.state, saved }),
    }
  }

  /** Undefined where there is nothing to commit. */
  const tell = (...watched: readonly Watched[]): string | undefined => {
    const parts = watched.map(({ part }) => part()).filter(({ saved }) => saved.length > 0)
    if (parts.length === 0) return undefined
    const id = randomUUID()
    sink.attempt({ id, parts })
    return id
  }

  return {
    ...store,
    async write(scope, run) {
      let attempt: string | undefined
      const result = await store.write(scope, async (tx) => {
        const watched = watch(scope, tx)
        const value = await run(watched.tx)
        attempt = tell(watched)
        return value
      })
      if (attempt !== undefined) sink.committed(attempt)
      return result
    },
    async writeBoth(scopes, run) {
      let attempt: string | undefined
      const result = await store.writeBoth(scopes, async (first, second) => {
        const [one, other] = [watch(scopes[0], first), watch(scopes[1], second)]
        const value = await run(one.tx, other.tx)
        attempt = tell(one, other)
        return value
      })
      if (attempt !== undefined) sink.committed(attempt)
      return result
    },
  }
}
