import { SyncError, type PluginClient, type PluginContext, type PluginWrites } from '@holdfast/core'
import { defer, map, type Observable } from 'rxjs'
import { markType, type EntryRecord, type Mark } from './entries.ts'
import { entriesIn, toEntry, type JournalEntry, type Placed } from './entry.ts'
import { planUndo, type Restoration, type UndoOptions } from './plan-undo.ts'

export interface JournalFilter {
  readonly collection?: string
  readonly recordId?: string
}

/** `client.plugins.journal`. */
export interface JournalApi {
  /** What this device knows to have been settled, the newest first. */
  readonly list: (filter?: JournalFilter) => Promise<readonly JournalEntry[]>
  readonly list$: (filter?: JournalFilter) => Observable<readonly JournalEntry[]>
  readonly get: (id: string) => Promise<JournalEntry | undefined>
  /**
   * Brings a value back that did not stand, by an ordinary write that is judged like any other, and marks the entry; both
   * or nothing. Resolves once durable, also offline.
   * @throws SyncError NOT_FOUND (no such entry any more), INVALID (see `planUndo`), and what the write throws
   */
  readonly undo: (id: string, options?: UndoOptions) => Promise<{ readonly operationId: string }>
}

const notFound = (collection: string, id: string): SyncError =>
  new SyncError('NOT_FOUND', 'The journal has no such entry any more.', { collection, recordId: id })

const restore = (writes: PluginWrites, recordId: string, restoration: Restoration) => {
  switch (restoration.kind) {
    case 'update':
      return writes.update(recordId, restoration.patch)
    case 'delete':
      return writes.delete(recordId)
    case 'create':
      return writes.create(restoration.record)
  }
}

export const createJournalApi = (
  { client, user }: Pick<PluginContext, 'client' | 'user'>,
  name: string,
): JournalApi => {
  const memberOf = <TMember>(members: Readonly<Record<string, TMember>>, collection: string): TMember => {
    const member = Object.hasOwn(members, collection) ? members[collection] : undefined
    if (member !== undefined) return member
    const message = `The schema has no collection "${collection}", which the journal needs.`
    throw new SyncError('MISCONFIGURED', message, { option: 'plugins' })
  }
  const entries = (): PluginClient['collections'][string] => memberOf(client().collections, name)
  const find = async (id: string): Promise<Placed | undefined> =>
    entriesIn(await entries().find()).find(({ entry }) => entry.id === id)

  return {
    list: async (filter) => pick(entriesIn(await entries().find()), filter),
    list$: (filter) =>
      defer(() => entries().find$()).pipe(map((records) => pick(entriesIn(records), filter))),
    get: async (id) => (await find(id))?.entry,
    async undo(id, options = {}) {
      const found = await find(id)
      if (found === undefined) throw notFound(name, id)
      const { slot } = found
      const at = await client().now()
      return client().transaction(async ({ collections }) => {
        const journal = memberOf(collections, name)
        const record = (await journal.get(slot)) as EntryRecord | undefined
        const entry = record?.entry === undefined ? undefined : toEntry(record.entry, record.undone)
        if (entry?.id !== id) throw notFound(name, id)
        const { recordId, operationId, field } = entry
        const writes = memberOf(collections, entry.collection)
        const { take, restoration } = planUndo(entry, await writes.get(recordId), options)
        const receipt = await restore(writes, recordId, restoration)
        const mark: Mark = { operationId, field, take, by: user, at }
        await memberOf(journal.run, markType)(slot, mark)
        return { operationId: receipt.operationId }
      })
    },
  }
}

const pick = (
  placed: readonly Placed[],
  { collection, recordId }: JournalFilter = {},
): readonly JournalEntry[] =>
  placed.flatMap(({ entry }) =>
    (collection === undefined || entry.collection === collection) &&
    (recordId === undefined || entry.recordId === recordId)
      ? [entry]
      : [],
  )
