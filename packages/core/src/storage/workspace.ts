import type { CommitBatch, Entry, Expectation, ReadRequest, ReadResults, Write } from './contract.ts'

/**
 * One read-decide-commit step in the making. What was read and is then written must still be as it was read when
 * the step commits.
 */
export interface Workspace {
  readonly read: <const TRequests extends readonly ReadRequest[]>(
    requests: TRequests,
  ) => Promise<ReadResults<TRequests>>
  /** The value of a key that was read or written here; undefined where there is none. */
  readonly value: (key: string) => string | undefined
  /** Whether the key was read or written here; else nothing is known of it. */
  readonly knows: (key: string) => boolean
  /** What was read must still be so when the step commits, although nothing is written to it. */
  readonly expect: (key: string) => void
  /** The revision of a key as it was read here; 0 where there was no entry. */
  readonly revision: (key: string) => number
  readonly put: (key: string, value: string) => void
  readonly remove: (key: string) => void
  readonly toBatch: () => CommitBatch
}

export const createWorkspace = (
  readDatabase: <const TRequests extends readonly ReadRequest[]>(
    requests: TRequests,
  ) => Promise<ReadResults<TRequests>>,
): Workspace => {
  const revisions = new Map<string, number>()
  const values = new Map<string, string>()
  const writes = new Map<string, string | undefined>()
  const expected = new Set<string>()

  const remember = (key: string, entry: Entry | undefined): void => {
    // The first read counts: what was decided on it must not have changed since.
    if (revisions.has(key)) return
    revisions.set(key, entry?.revision ?? 0)
    if (entry !== undefined) values.set(key, entry.value)
  }

  return {
    async read(requests) {
      // Steps that turn out to need nothing more are common; a database would open a transaction for it.
      const results =
        requests.length === 0 ? ([] as ReadResults<typeof requests>) : await readDatabase(requests)
      requests.forEach((request, index) => {
        const result = results[index]
        if ('get' in request) remember(request.get, result as Entry | undefined)
        else for (const entry of result as readonly Entry[]) remember(entry.key, entry)
      })
      return results
    },
    value: (key) => (writes.has(key) ? writes.get(key) : values.get(key)),
    knows: (key) => revisions.has(key) || writes.has(key),
    expect: (key) => {
      expected.add(key)
    },
    revision: (key) => revisions.get(key) ?? 0,
    put: (key, value) => {
      writes.set(key, value)
    },
    remove: (key) => {
      writes.set(key, undefined)
    },
    toBatch() {
      const expect: Expectation[] = []
      for (const [key, revision] of revisions) {
        if (writes.has(key) || expected.has(key)) expect.push({ key, revision })
      }
      const list: Write[] = [...writes].map(([key, value]) => ({ key, value }))
      return { expect, writes: list }
    },
  }
}
