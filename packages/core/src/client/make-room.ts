import { createLane } from '../base/lane.ts'
import { toSyncError } from '../base/to-sync-error.ts'
import type { MakeRoom } from '../data/group-writer.ts'
import { dropOldest } from '../oplog/drop-oldest.ts'
import { recordEntry, type LogHead } from '../oplog/entries.ts'
import { logKey, recordKey, type RecordAddress } from '../oplog/keys.ts'
import { logHeadOf } from '../oplog/stored.ts'
import type { CompactionPart, PartContext } from '../plugin/core-part.ts'

/** What happens to a write that finds the queue full, once compaction has not helped. */
export type OnFull = 'block' | { readonly drop: readonly string[] }

export interface RoomContext extends Omit<PartContext, 'scope'> {
  readonly compaction: CompactionPart | undefined
  readonly maxOps: number
  readonly onFull: OnFull
}

/**
 * What was tried already: it keeps a queue that stays full from being read at each write. Nothing is decided by it that could
 * be wrong.
 */
interface Tried {
  /** The log's `nextLocalSeq` when the whole queue was compacted. */
  readonly compactedAt: number
  /** The same of single records since then. */
  readonly records: Map<string, number>
  /** Up to here nothing is left in the queue that may be dropped. */
  dropAfter: string | undefined
}

/** A compaction of the whole queue is tried again once this part of `maxOps` was written. */
const again = 0.1
/** A record with more operations than this is left to the compaction of the whole queue. */
const mostOnRecord = 500

/** Makes room in full queues: by a forced compaction, then as the app says (docs/decisions/0028). */
export const createRoomMaker = ({ maxOps, onFull, compaction, ...context }: RoomContext): MakeRoom => {
  const { store, schema, hooks, tell } = context
  const triedIn = new Map<string, Tried>()
  const oneByOne = createLane()

  const headOf = async (scope: string): Promise<LogHead> => logHeadOf((await store.get(logKey(scope)))?.value)
  const roomOf = ({ pending, sent }: LogHead): number => maxOps - pending - sent

  const makeRoom = async (scope: string, wanted: readonly RecordAddress[]): Promise<boolean> => {
    const before = await headOf(scope)
    if (roomOf(before) >= wanted.length) return true
    const tried = await fold(scope, wanted, before)
    const room = roomOf(await headOf(scope))
    const missing = wanted.length - room
    if (missing <= 0 || onFull === 'block') return room > 0
    return room + (await drop(scope, missing, onFull.drop, tried)) > 0
  }

  const fold = async (scope: string, wanted: readonly RecordAddress[], head: LogHead): Promise<Tried> => {
    const tried = triedIn.get(scope)
    const { nextLocalSeq } = head
    if (tried === undefined || nextLocalSeq - tried.compactedAt >= Math.max(1, maxOps * again)) {
      const fresh: Tried = { compactedAt: nextLocalSeq, records: new Map(), dropAfter: undefined }
      triedIn.set(scope, fresh)
      await compaction?.compact({ ...context, scope }, { trigger: 'full' })
      return fresh
    }
    if (compaction === undefined || !hooks.has('compactQueue')) return tried
    let missing = wanted.length - roomOf(head)
    const untried = new Map(wanted.map((address) => [recordKey(address), address]))
    for (const [key, address] of untried) {
      if (missing <= 0) break
      if (tried.records.get(key) === nextLocalSeq) continue
      tried.records.set(key, nextLocalSeq)
      const stored = await store.get(key)
      const overlay = stored === undefined ? 0 : recordEntry.decode(stored.value).overlay
      if (overlay > 1 && overlay <= mostOnRecord)
        missing -= await compaction.compact({ ...context, scope }, { trigger: 'full', record: address })
    }
    return tried
  }

  const drop = async (
    scope: string,
    count: number,
    collections: readonly string[],
    tried: Tried,
  ): Promise<number> => {
    const dropping = { scope, collections, count, after: tried.dropAfter }
    const { operations, after } = await dropOldest(store, schema, dropping)
    tried.dropAfter = after
    if (operations.length > 0) tell(() => ({ type: 'dropped', scope, operations }))
    return operations.length
  }

  return (wanted) =>
    oneByOne(async () => {
      try {
        let isThere = false
        for (const scope of new Set(wanted.map((address) => address.scope))) {
          const inScope = wanted.filter((address) => address.scope === scope)
          if (await makeRoom(scope, inScope)) isThere = true
        }
        return isThere
      } catch (error) {
        context.onProblem(toSyncError(error))
        return false
      }
    })
}
