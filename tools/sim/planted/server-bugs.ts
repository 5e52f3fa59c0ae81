import type { Changes, ReadTransaction, ServerStore, WriteTransaction } from '@holdfast/server'
import type { PlantedBug } from './planted-bug.ts'
import { nothingPlanted, withReads, withTransaction, type Plants } from './plants.ts'

/** The server has forgotten what it decided, and decides it again. */
const decidesTwice = (): Plants => {
  const stored = new Set<string>()
  return withTransaction((tx) => ({
    ...tx,
    operations: async () => [],
    slotsAt: async () => [],
    slotsAfter: async () => [],
    watermark: async () => 0,
    save: (changes) => {
      const operations = changes.operations.filter(({ operationId }) => !stored.has(operationId))
      for (const { operationId } of operations) stored.add(operationId)
      return tx.save({ ...changes, operations })
    },
  }))
}

/** A page leaves out its first row now and then. */
const skipsRows = (): Plants => {
  let pages = 0
  const skip = <TRow>(rows: readonly TRow[]): readonly TRow[] => {
    pages += rows.length > 1 ? 1 : 0
    return rows.length > 1 && pages % 5 === 0 ? rows.slice(1) : rows
  }
  return withReads((tx) => ({
    ...tx,
    changesAfter: async (seq, limit) => skip(await tx.changesAfter(seq, limit)),
  }))
}

/** A snapshot leaves out a record now and then. */
const skipsRecords = (): Plants => {
  let pages = 0
  return withReads((tx) => ({
    ...tx,
    async recordsAfter(key, limit) {
      const rows = await tx.recordsAfter(key, limit)
      pages += 1
      return pages % 2 === 0 ? rows.slice(1) : rows
    },
  }))
}

/** Who changed which field is forgotten, so that nothing ever overlaps. */
const forgetsAuthors = (): Plants =>
  withTransaction((tx) => ({
    ...tx,
    records: async (keys) => (await tx.records(keys)).map((row) => ({ ...row, fieldVersions: {} })),
  }))

/** What a transaction rests on was read before it had the lock of its scope. */
const readingBefore = (
  change: (
    tx: WriteTransaction<undefined>,
    before: ReadTransaction<undefined>,
  ) => WriteTransaction<undefined>,
): Plants => ({
  ...nothingPlanted,
  store: (store): ServerStore<undefined> => ({
    ...store,
    async write(scope, run) {
      const before = await store.read(scope, async (tx) => tx)
      return store.write(scope, (tx) => run(change(tx, before)))
    },
  }),
})

/** Two copies of an operation that come at once both find it new. */
const looksUpOutside = (): Plants =>
  readingBefore((tx, { operations, slotsAt, slotsAfter, watermark }) => ({
    ...tx,
    operations,
    slotsAt,
    slotsAfter,
    watermark,
    async save(changes) {
      const known = new Set(
        (await tx.operations(changes.operations.map(({ operationId }) => operationId))).map(
          ({ operationId }) => operationId,
        ),
      )
      const isNew = ({ operationId }: Changes['operations'][number]): boolean => !known.has(operationId)
      await tx.save({ ...changes, operations: changes.operations.filter(isNew) })
    },
  }))

/** What another transaction made of a record meanwhile is overwritten. */
const readsRowsOutside = (): Plants => readingBefore((tx, { records }) => ({ ...tx, records }))

/** Numbers of the feed come from a sequence: a commit may be seen before one with a lower number. */
const followsSequence = (): Plants => {
  const late = new Map<string, ReadonlySet<number>>()
  return withTransaction((tx, scope) => {
    const hidden = late.get(scope) ?? new Set<number>()
    return {
      ...tx,
      changesAfter: async (seq, limit) =>
        (await tx.changesAfter(seq, limit)).filter((row) => !hidden.has(row.seq)),
      async save(changes) {
        await tx.save(changes)
        late.set(scope, new Set(changes.rows.map(({ seq }) => seq)))
      },
    }
  })
}

/** Whoever is undecided below the highest number that was decided is forgotten. */
const jumpsWatermark = (): Plants =>
  withTransaction((tx) => ({
    ...tx,
    save({ client, ...changes }) {
      const highest = Math.max(0, ...changes.operations.map(({ clientSeq }) => clientSeq))
      return tx.save({
        ...changes,
        client: client && { ...client, watermark: Math.max(client.watermark, highest) },
      })
    },
  }))

/** Verdicts are kept for a moment only. */
const prunesVerdicts = (): Plants => {
  const kept: string[] = []
  return withTransaction((tx) => ({
    ...tx,
    operations: async (ids) =>
      (await tx.operations(ids)).filter(({ operationId }) => kept.slice(-4).includes(operationId)),
    async save(changes) {
      await tx.save(changes)
      kept.push(...changes.operations.map(({ operationId }) => operationId))
    },
  }))
}

/** The rows of a page come from an earlier snapshot than what the page says is decided. */
const readsTwice = (): Plants => {
  const earlier = new Map<string, ReadTransaction<undefined>>()
  return {
    ...nothingPlanted,
    store: (store): ServerStore<undefined> => ({
      ...store,
      async write(scope, run) {
        earlier.set(scope, await store.read(scope, async (tx) => tx))
        return store.write(scope, run)
      },
      read: (scope, run) =>
        store.read(scope, (tx) => {
          const before = earlier.get(scope) ?? tx
          // Whoever is ahead of the earlier snapshot would be sent back.
          let rows = tx
          return run({
            ...tx,
            get state() {
              return rows.state
            },
            async knows(head, nonce) {
              if (await before.knows(head, nonce)) rows = before
              return tx.knows(head, nonce)
            },
            changesAfter: (seq, limit) => rows.changesAfter(seq, limit),
          })
        }),
    }),
  }
}

/** Bugs of the server's database. */
export const serverBugs: readonly PlantedBug[] = [
  { name: 'the server decides an operation twice', plants: decidesTwice },
  { name: 'a page leaves out a row', plants: skipsRows },
  { name: 'a snapshot leaves out a record', plants: skipsRecords },
  { name: 'the server forgets who changed which field', plants: forgetsAuthors },
  {
    name: 'an operation is looked up outside the transaction',
    plants: looksUpOutside,
    changes: { server: { slow: 0.5 }, network: { duplicate: 0.5 } },
  },
  {
    name: 'rows are read before the scope is locked',
    plants: readsRowsOutside,
    changes: { server: { slow: 0.5 } },
  },
  { name: 'the feed is numbered by a sequence', plants: followsSequence },
  {
    name: 'the watermark jumps over an operation that waits',
    plants: jumpsWatermark,
    changes: { server: { stubborn: 0.5 } },
  },
  {
    name: 'verdicts are pruned too early',
    plants: prunesVerdicts,
    changes: { network: { dropResponse: 0.3, duplicate: 0.3 } },
  },
  {
    name: 'what is decided is read after the rows',
    plants: readsTwice,
    changes: { network: { dropResponse: 0.3 } },
  },
]
