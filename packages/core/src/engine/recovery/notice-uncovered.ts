import { conflictEntry } from '../../oplog/entries.ts'
import { conflictPrefix, recordAddressOf, waitingPrefix, type RecordAddress } from '../../oplog/keys.ts'
import { endOrphans } from '../../oplog/recovery/end-orphans.ts'
import { readRecords } from '../../oplog/staging/read-records.ts'
import type { CycleContext } from '../cycle-context.ts'
import { pullToHead } from '../pull-to-head.ts'
import { lost, noticeLoss } from './notice-loss.ts'

/**
 * A run has ended. What is decided has to be part of the head that it showed, and so has the version that a conflict
 * told of; another tab may have heard of either a moment ago.
 * @throws RecoveryNeeded where the server has lost it
 */
export const noticeUncovered = async (context: CycleContext, signal: AbortSignal): Promise<void> => {
  const { store, scope } = context
  const [waiting] = await store.read([{ scan: waitingPrefix(scope), limit: 1 }])
  if (waiting.length > 0) await noticeLoss(context, signal)
  const { ahead, orphans } = await lookAtConflicts(context)
  if (orphans.length > 0) await endOrphans({ ...context, schemaVersion: context.schema.version }, orphans)
  if (ahead.size === 0) return
  await pullToHead(context, signal)
  const later = await lookAtConflicts(context)
  for (const [key, value] of later.ahead) if (ahead.get(key) === value) await lost(context)
}

interface LookedAt {
  /** The conflicts that tell of a newer version than is shown, as they are stored. */
  readonly ahead: ReadonlyMap<string, string>
  /** Records that a reset did not find, where nothing of them is shown. */
  readonly orphans: readonly RecordAddress[]
}

const lookAtConflicts = async ({ store, schema, scope }: CycleContext): Promise<LookedAt> => {
  // What can't be read now is looked at after the next run.
  const [entries] = await store.read([{ scan: conflictPrefix(scope) }]).catch(() => [[]] as const)
  const addressed = entries.flatMap(({ key, value }) => {
    const address = recordAddressOf(key)
    return address === undefined ? [] : [{ key, value, address }]
  })
  const addresses = addressed.map(({ address }) => address)
  const records = await readRecords(store, schema, scope, addresses)
  const orphans = addressed.flatMap(({ address, value }, index) => {
    const { fields, serverVersion } = conflictEntry.decode(value)
    const { base, shown } = records[index] ?? {}
    const isGone = base === undefined && shown === undefined
    return isGone && serverVersion === 0 && fields.length > 0 ? [address] : []
  })
  const ahead = addressed.filter(({ value }, index) => {
    const { serverVersion, serverDeleted } = conflictEntry.decode(value)
    const base = records[index]?.base
    // A snapshot tells of no deletions.
    if (base === undefined && serverDeleted) return false
    return serverVersion > (base?.version ?? 0)
  })
  return { ahead: new Map(ahead.map(({ key, value }) => [key, value])), orphans }
}
