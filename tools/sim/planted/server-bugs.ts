import type { ServerStore, WriteTransaction } from '@holdfast/server'
import { nothingPlanted, type Plants } from './plants.ts'

const withTransaction = (
  change: (tx: WriteTransaction<undefined>) => WriteTransaction<undefined>,
): Plants => ({
  ...nothingPlanted,
  store: (store): ServerStore<undefined> => ({
    ...store,
    write: (scope, run) => store.write(scope, (tx) => run(change(tx))),
  }),
})

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
  return {
    ...nothingPlanted,
    store: (store) => ({
      ...store,
      read: (scope, run) =>
        store.read(scope, (tx) =>
          run({ ...tx, changesAfter: async (seq, limit) => skip(await tx.changesAfter(seq, limit)) }),
        ),
    }),
  }
}

/** A snapshot leaves out a record now and then. */
const skipsRecords = (): Plants => {
  let pages = 0
  return {
    ...nothingPlanted,
    store: (store) => ({
      ...store,
      read: (scope, run) =>
        store.read(scope, (tx) =>
          run({
            ...tx,
            async recordsAfter(key, limit) {
              const rows = await tx.recordsAfter(key, limit)
              pages += 1
              return pages % 2 === 0 ? rows.slice(1) : rows
            },
          }),
        ),
    }),
  }
}

/** Who changed which field is forgotten, so that nothing ever overlaps. */
const forgetsAuthors = (): Plants =>
  withTransaction((tx) => ({
    ...tx,
    records: async (keys) => (await tx.records(keys)).map((row) => ({ ...row, fieldVersions: {} })),
  }))

export const serverBugs: Readonly<Record<string, () => Plants>> = {
  'the server decides an operation twice': decidesTwice,
  'a page leaves out a row': skipsRows,
  'a snapshot leaves out a record': skipsRecords,
  'the server forgets who changed which field': forgetsAuthors,
}
