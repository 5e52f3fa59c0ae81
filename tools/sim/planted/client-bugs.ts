import type {
  CommitBatch,
  Database,
  Entry,
  ReadRequest,
  ReadResults,
  StorageAdapter,
  Write,
} from '@holdfast/core/storage'
import type { Result } from '@holdfast/core/protocol'
import { NEVER } from 'rxjs'
import { nothingPlanted, type Plants } from './plants.ts'

const withDatabase = (change: (database: Database) => Database): Plants => ({
  ...nothingPlanted,
  storage: (storage): StorageAdapter => ({
    ...storage,
    open: async (name) => change(await storage.open(name)),
  }),
})

export const changingWrites = (change: (write: Write) => Write): Plants =>
  withDatabase((database) => ({
    ...database,
    commit: ({ expect, writes }) => database.commit({ expect, writes: writes.map(change) }),
  }))

/** The operation leaves the queue when it is sent, not when it is answered. */
const forgetsAtSend = (): Plants => {
  const isSent = ({ key, value }: Write): boolean =>
    key.startsWith('queue/') && value !== undefined && value.includes('clientSeq')
  return changingWrites((write) => (isSent(write) ? { ...write, value: undefined } : write))
}

/** Every operation counts as applied once it is sent. */
const believesAtSend = (): Plants => ({
  ...nothingPlanted,
  transport: (transport) => ({
    ...transport,
    async push(input, options) {
      transport.push(input, options).catch(() => undefined)
      const results = input.operations.map(({ id }): Result => ({ id, kind: 'applied', version: 1 }))
      const page = { changes: [], cursor: input.cursor, hasMore: true, head: 0 }
      const decided = { watermark: 0, above: [] }
      return { kind: 'answer', results, resumeToken: '', decided, serverTime: 1_750_000_000_000, page }
    },
  }),
})

/** A page is swapped in whatever the cursor is by now. */
const ignoresCursor = (): Plants => {
  const blur = (entry: Entry): Entry => (entry.key.startsWith('cursor/') ? { ...entry, revision: 1 } : entry)
  const isEntry = (result: unknown): result is Entry =>
    typeof result === 'object' && result !== null && 'key' in result
  return withDatabase((database) => ({
    ...database,
    async read<const TRequests extends readonly ReadRequest[]>(requests: TRequests) {
      const results: readonly unknown[] = await database.read(requests)
      return results.map((result) => (isEntry(result) ? blur(result) : result)) as ReadResults<TRequests>
    },
    commit: ({ expect, writes }) =>
      database.commit({ expect: expect.filter(({ key }) => !key.startsWith('cursor/')), writes }),
  }))
}

/** The change and its operation are stored one after the other. */
const storesInTwoSteps = (): Plants => {
  const isQueue = ({ key }: Write): boolean => key.startsWith('queue/')
  const split = async (database: Database, { expect, writes }: CommitBatch) => {
    const [queue, rest] = [writes.filter(isQueue), writes.filter((write) => !isQueue(write))]
    const receipt = await database.commit({ expect, writes: rest })
    return queue.length === 0 ? receipt : database.commit({ expect: [], writes: queue })
  }
  return withDatabase((database) => ({ ...database, commit: (batch) => split(database, batch) }))
}

/** Two tabs write without looking what the other did meanwhile. */
const ignoresOtherTabs = (): Plants =>
  withDatabase((database) => ({
    ...database,
    commit: ({ writes }) => database.commit({ expect: [], writes }),
  }))

/** Some commits are reported and never made. */
const promisesTooEarly = (): Plants => {
  let commits = 0
  let last = 0
  return withDatabase((database) => ({
    ...database,
    async commit(batch) {
      commits += 1
      if (commits % 9 === 0 && last > 0) return { revision: last + 1 }
      const receipt = await database.commit(batch)
      last = receipt.revision
      return receipt
    },
  }))
}

/** Of the rows that are folded, one in three does not arrive. */
const losesFoldedRows = (): Plants => {
  let rows = 0
  const isLost = (write: Write, batch: CommitBatch): boolean => {
    const isFold = batch.writes.some(({ key, value }) => key.startsWith('stage/') && value === undefined)
    if (!isFold || !write.key.startsWith('rec/')) return false
    rows += 1
    return rows % 3 === 0
  }
  return withDatabase((database) => ({
    ...database,
    commit: (batch) =>
      database.commit({ ...batch, writes: batch.writes.filter((write) => !isLost(write, batch)) }),
  }))
}

/** The flip looks like a commit that changed nothing. */
const flipsInSilence = (): Plants => {
  const quiet = (write: Write, revision: number): Write => {
    if (!write.key.startsWith('log/') || write.value === undefined) return write
    const log = JSON.parse(write.value) as { readonly after: number }
    return log.after === Number.MAX_SAFE_INTEGER
      ? { ...write, value: JSON.stringify({ ...log, after: revision }) }
      : write
  }
  return withDatabase((database) => ({
    ...database,
    commit({ expect, writes }) {
      const before = expect.find(({ key }) => key.startsWith('log/'))?.revision ?? 0
      return database.commit({ expect, writes: writes.map((write) => quiet(write, before)) })
    },
  }))
}

/** A tab never hears what other tabs write. */
const isDeaf = (): Plants => withDatabase((database) => ({ ...database, externalCommits$: NEVER }))

export const clientBugs: Readonly<Record<string, () => Plants>> = {
  'an operation leaves the queue when it is sent': forgetsAtSend,
  'an operation counts as applied when it is sent': believesAtSend,
  'a page is applied to another cursor than it was asked for': ignoresCursor,
  'a change and its operation are stored one after the other': storesInTwoSteps,
  'commits ignore what other tabs wrote': ignoresOtherTabs,
  'a write resolves and is not stored': promisesTooEarly,
  'a tab does not hear of the others': isDeaf,
  'a row is lost on its way into the records': losesFoldedRows,
  'live views do not hear of a flip': flipsInSilence,
}
